// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

namespace atm::kernel {

class Log;

/// Ends the process with a message if an orderly stop takes too long, independent of the component that hangs. The
/// destructor cancels it.
class Deadline final {
 public:
  static constexpr int kExitCode = 70;

  /// Starts the thread now, so that a stop needs no new thread. Throws ThreadError.
  explicit Deadline(Log& log);
  ~Deadline();
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  /// Ends the process by force after `limit`. [any]
  void begin(std::chrono::milliseconds limit);

 private:
  void run();

  Log& log_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<std::chrono::milliseconds> limit_;
  bool is_over_ = false;
  std::thread thread_;
};

}  // namespace atm::kernel
