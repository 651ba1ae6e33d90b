// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

namespace atm::kernel {

class Log;

/// Ends the process when an orderly stop takes too long: whatever hangs, the service manager and the user get
/// an end, and a message that says so. Going out of scope in time calls it off.
class Deadline final {
 public:
  static constexpr int kExitCode = 70;

  /// Starts the thread, so that a stop needs no new one. Throws ThreadError.
  explicit Deadline(Log& log);
  ~Deadline();
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  /// The process ends by force after `limit`. [any]
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
