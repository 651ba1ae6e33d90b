// SPDX-License-Identifier: MIT
#pragma once

#include <atm/posix/file_descriptor.hpp>
#include <cstdint>
#include <functional>

#include "kernel/watch/event_loop.hpp"
#include "kernel/watch/watch.hpp"

namespace atm::kernel {

/// Reports once that a process has ended. The pid may already be reused: a pidfd refers to its current process, so the
/// start time is compared after opening it, and a difference counts as the end. A pidfd is readable once the process
/// has ended, reaped or not. Without a pidfd the start time is compared once a second.
class ProcessWatcher final : public Watch {
 public:
  static constexpr std::int64_t kPollEveryNs = 1'000'000'000;

  ProcessWatcher(const WatchContext& context, std::int64_t pid, std::uint64_t start_ticks,
                 std::function<void()> ended);

  void start() override;
  void cancel() override;

 private:
  void poll();
  void end();

  const WatchContext context_;
  const std::int64_t pid_;
  const std::uint64_t start_ticks_;
  std::function<void()> ended_;
  posix::FileDescriptor fd_;
  EventLoop::Token readable_ = 0;
  EventLoop::Token timer_ = 0;
  bool is_over_ = false;
};

}  // namespace atm::kernel
