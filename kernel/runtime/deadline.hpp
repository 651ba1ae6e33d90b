// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace atm::kernel {

/// Ends the process when an orderly stop takes too long: whatever hangs, the service manager and the user get
/// an end, and a message that says so. Going out of scope in time calls it off.
class Deadline final {
 public:
  static constexpr int kExitCode = 70;

  explicit Deadline(std::chrono::milliseconds limit);
  ~Deadline();
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_over_ = false;
  std::thread thread_;
};

}  // namespace atm::kernel
