// SPDX-License-Identifier: MIT
#include "kernel/runtime/deadline.hpp"

#include <unistd.h>

#include <string>

namespace atm::kernel {

Deadline::Deadline(std::chrono::milliseconds limit) {
  thread_ = std::thread([this, limit] {
    std::unique_lock lock(mutex_);
    if (changed_.wait_for(lock, limit, [this] { return is_over_; })) return;
    // Not through the log: what hangs may hold its lock.
    const std::string text =
        "error the stop took longer than " + std::to_string(limit.count()) + " ms; ended by force\n";
    static_cast<void>(!::write(STDERR_FILENO, text.data(), text.size()));
    ::_exit(kExitCode);
  });
}

Deadline::~Deadline() {
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

}  // namespace atm::kernel
