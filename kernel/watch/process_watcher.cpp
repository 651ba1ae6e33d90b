// SPDX-License-Identifier: MIT
#include "kernel/watch/process_watcher.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <utility>

#include "kernel/watch/process_table.hpp"

namespace atm::kernel {

ProcessWatcher::ProcessWatcher(const WatchContext& context, std::int64_t pid, std::uint64_t start_ticks,
                               std::function<void()> ended)
    : context_(context), pid_(pid), start_ticks_(start_ticks), ended_(std::move(ended)) {}

void ProcessWatcher::start() {
  if (is_over_) return;
  // The oldest supported glibc has no pidfd_open(). Old kernels return ENOSYS, sandboxes EPERM.
  if (context_.has_pidfd)
    fd_ = posix::FileDescriptor(static_cast<int>(::syscall(SYS_pidfd_open, static_cast<pid_t>(pid_), 0U)));
  if (!context_.processes.is_alive(pid_, start_ticks_)) return end();
  if (fd_) readable_ = context_.loop.add_fd(fd_.get(), [this] { end(); });
  if (readable_ == 0) timer_ = context_.loop.after(kPollEveryNs, [this] { poll(); });
}

void ProcessWatcher::poll() {
  ++context_.counters.polled;
  if (!context_.processes.is_alive(pid_, start_ticks_)) return end();
  timer_ = context_.loop.after(kPollEveryNs, [this] { poll(); });
}

void ProcessWatcher::end() {
  if (is_over_) return;
  cancel();
  ended_();
}

void ProcessWatcher::cancel() {
  if (std::exchange(is_over_, true)) return;
  context_.loop.cancel(timer_);
  if (readable_ != 0) context_.loop.remove_fd(readable_, fd_.get());
  fd_ = posix::FileDescriptor();
}

}  // namespace atm::kernel
