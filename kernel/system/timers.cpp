// SPDX-License-Identifier: MIT
#include "kernel/system/timers.hpp"

#include <sys/timerfd.h>

#include <algorithm>
#include <atm/posix/thread.hpp>
#include <cerrno>
#include <system_error>
#include <vector>

#include "kernel/system/callback_scope.hpp"

namespace atm::kernel {

TimerError Timers::start(Owner owner, std::int64_t delay_ns, std::int64_t period_ns, Callback callback,
                         std::uint64_t& timer) {
  if (delay_ns < 0 || !callback || (period_ns != 0 && period_ns < kMinPeriodNs)) return TimerError::kInvalid;
  std::int64_t due_ns = 0;
  if (__builtin_add_overflow(clock_.monotonic_ns(), delay_ns, &due_ns)) return TimerError::kInvalid;
  const std::lock_guard lock(mutex_);
  if (is_stopped_) return TimerError::kClosed;
  std::size_t& count = per_owner_[owner];
  if (count >= kMaxPerOwner) return TimerError::kFull;
  ++count;
  timer = ++last_id_;
  entries_.emplace(timer, Entry{owner, due_ns, period_ns, std::move(callback)});
  due_.emplace(Due{due_ns, timer}, timer);
  if (due_.begin()->second == timer) arm(due_ns);
  return TimerError::kNone;
}

void Timers::erase(std::uint64_t timer) {
  const auto it = entries_.find(timer);
  if (it == entries_.end()) return;
  due_.erase(Due{it->second.due_ns, timer});
  const auto count = per_owner_.find(it->second.owner);
  if (--count->second == 0) per_owner_.erase(count);
  entries_.erase(it);
}

bool Timers::cancel(Owner owner, std::uint64_t timer) {
  std::unique_lock lock(mutex_);
  const auto it = entries_.find(timer);
  const bool is_known = it != entries_.end() && it->second.owner == owner;
  if (is_known) erase(timer);
  const bool is_running = running_ == timer && running_owner_ == owner;
  if (is_running && !on_timer_thread()) finished_.wait(lock, [&] { return running_ != timer; });
  return is_known || is_running;
}

void Timers::cancel_all(Owner owner) {
  std::unique_lock lock(mutex_);
  std::vector<std::uint64_t> mine;
  for (const auto& [timer, entry] : entries_) {
    if (entry.owner == owner) mine.push_back(timer);
  }
  for (const std::uint64_t timer : mine) erase(timer);
  if (running_ != 0 && running_owner_ == owner && !on_timer_thread()) {
    const std::uint64_t timer = running_;
    finished_.wait(lock, [&] { return running_ != timer; });
  }
}

std::size_t Timers::run_due() {
  std::size_t ran = 0;
  const std::int64_t now = clock_.monotonic_ns();
  std::unique_lock lock(mutex_);
  running_thread_ = std::this_thread::get_id();
  while (!is_stopped_ && !due_.empty() && due_.begin()->first.first <= now) {
    const std::uint64_t timer = due_.begin()->second;
    due_.erase(due_.begin());
    Entry& entry = entries_.at(timer);
    const Callback callback = entry.callback;  // a copy, because the entry may be cancelled while it runs
    running_ = timer;
    running_owner_ = entry.owner;
    if (entry.period_ns == 0) {
      erase(timer);
    } else {
      entry.due_ns = std::max(entry.due_ns + entry.period_ns, now + 1);
      due_.emplace(Due{entry.due_ns, timer}, timer);
    }
    lock.unlock();
    {
      const CallbackScope scope;
      callback(timer);
    }
    ++ran;
    lock.lock();
    running_ = 0;
    running_owner_ = nullptr;
    finished_.notify_all();
  }
  arm(due_.empty() ? std::nullopt : std::optional(due_.begin()->first.first));
  return ran;
}

void Timers::arm(std::optional<std::int64_t> due_ns) const {
  if (!alarm_) return;
  itimerspec when{};
  if (due_ns) {
    const std::int64_t at = std::max<std::int64_t>(*due_ns, 1);  // 0 would disarm the timer
    when.it_value.tv_sec = at / 1'000'000'000;
    when.it_value.tv_nsec = at % 1'000'000'000;
  }
  timerfd_settime(alarm_.get(), TFD_TIMER_ABSTIME, &when, nullptr);
}

void Timers::run_in_background() {
  const std::lock_guard lock(mutex_);
  alarm_ = posix::FileDescriptor(timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC));
  if (!alarm_) throw std::system_error(errno, std::generic_category(), "timerfd_create");
  thread_ = posix::start_thread("atm-timers", [this] { loop(); });
  if (!due_.empty()) arm(due_.begin()->first.first);
}

void Timers::loop() {
  for (;;) {
    std::uint64_t expirations = 0;
    if (::read(alarm_.get(), &expirations, sizeof expirations) < 0 && errno != EINTR) return;
    run_due();
    const std::lock_guard lock(mutex_);
    if (is_stopped_) return;
  }
}

void Timers::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopped_ = true;
    arm(1);
  }
  if (thread_.joinable()) thread_.join();
}

}  // namespace atm::kernel
