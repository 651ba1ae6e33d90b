// SPDX-License-Identifier: MIT
#include "kernel/system/deadline.hpp"

#include <unistd.h>

#include <atm/posix/thread.hpp>
#include <string>

#include "kernel/system/log.hpp"

namespace atm::kernel {

Deadline::Deadline(Log& log) : log_(log), thread_(posix::start_thread("atm-deadline", [this] { run(); })) {}

Deadline::~Deadline() {
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Deadline::begin(std::chrono::milliseconds limit) {
  {
    const std::lock_guard lock(mutex_);
    limit_ = limit;
  }
  changed_.notify_all();
}

void Deadline::run() {
  constexpr std::chrono::milliseconds kLastLines{100};
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return is_over_ || limit_; });
  if (is_over_ || changed_.wait_for(lock, *limit_, [this] { return is_over_; })) return;
  log_.error("the stop took longer than " + std::to_string(limit_->count()) + " ms; ended by force");
  static_cast<void>(log_.flush(kLastLines));
  ::_exit(kExitCode);
}

}  // namespace atm::kernel
