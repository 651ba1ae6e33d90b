// SPDX-License-Identifier: MIT
#include "kernel/watch/event_loop.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <system_error>

#include "kernel/system/clock.hpp"

namespace atm::kernel {
namespace {

constexpr EventLoop::Token kWakeToken = 0;
constexpr std::int64_t kNsPerMs = 1'000'000;

bool watch(int epoll, int fd, EventLoop::Token token) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = token;
  return ::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

}  // namespace

EventLoop::EventLoop(const Clock& clock)
    : clock_(clock), epoll_(::epoll_create1(EPOLL_CLOEXEC)), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!epoll_ || !wake_ || !watch(epoll_.get(), wake_.get(), kWakeToken))
    throw std::system_error(errno, std::generic_category(), "cannot create an event loop");
}

bool EventLoop::is_on_loop() const noexcept {
  const std::thread::id thread = thread_.load();
  return thread == std::thread::id() || thread == std::this_thread::get_id();
}

void EventLoop::wake() const {
  const std::uint64_t one = 1;
  // A full counter is already readable, so nothing is lost.
  static_cast<void>(::write(wake_.get(), &one, sizeof one) == sizeof one);
}

bool EventLoop::post(Task task) {
  const std::lock_guard lock(mutex_);
  if (is_closed_) return false;
  posted_.push_back(std::move(task));
  wake();
  return true;
}

bool EventLoop::call(const Task& task) {
  std::unique_lock lock(mutex_);
  if (is_closed_) return false;
  if (is_on_loop()) {
    lock.unlock();
    task();
    return true;
  }
  bool is_done = false;
  posted_.push_back([&] {
    task();
    const std::lock_guard done(mutex_);
    is_done = true;
    called_.notify_all();
  });
  wake();
  called_.wait(lock, [&] { return is_done; });
  return true;
}

std::int64_t EventLoop::now_ns() const {
  return clock_.monotonic_ns();
}

EventLoop::Token EventLoop::add_fd(int fd, Task ready) {
  const Token token = ++last_token_;
  if (!watch(epoll_.get(), fd, token)) return 0;
  ready_.emplace(token, std::make_shared<const Task>(std::move(ready)));
  return token;
}

void EventLoop::remove_fd(Token token, int fd) {
  if (ready_.erase(token) != 0) ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

EventLoop::Token EventLoop::after(std::int64_t delay_ns, Task task) {
  std::int64_t due_ns = 0;
  if (__builtin_add_overflow(clock_.monotonic_ns(), std::max<std::int64_t>(delay_ns, 0), &due_ns))
    due_ns = std::numeric_limits<std::int64_t>::max();
  const Token token = ++last_token_;
  due_.emplace(Due{due_ns, token}, std::move(task));
  due_of_.emplace(token, due_ns);
  return token;
}

void EventLoop::cancel(Token timer) {
  const auto it = due_of_.find(timer);
  if (it == due_of_.end()) return;
  due_.erase(Due{it->second, timer});
  due_of_.erase(it);
}

int EventLoop::wait_ms(std::int64_t max_wait_ns) const {
  std::int64_t wait_ns = max_wait_ns;
  if (!due_.empty()) {
    const std::int64_t left = std::max<std::int64_t>(due_.begin()->first.first - clock_.monotonic_ns(), 0);
    wait_ns = wait_ns < 0 ? left : std::min(wait_ns, left);
  }
  if (wait_ns < 0) return -1;
  constexpr std::int64_t kLongestMs = 60'000;
  return static_cast<int>(std::min(wait_ns / kNsPerMs + (wait_ns % kNsPerMs != 0 ? 1 : 0), kLongestMs));
}

std::size_t EventLoop::turn(std::int64_t max_wait_ns) {
  std::array<epoll_event, 64> events{};
  const int count =
      ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), wait_ms(max_wait_ns));
  std::size_t ran = 0;
  for (int i = 0; i < count; ++i) {
    const Token token = events[static_cast<std::size_t>(i)].data.u64;
    const auto it = ready_.find(token);
    if (it == ready_.end()) continue;  // the wake-up, or removed by a call of this iteration
    const std::shared_ptr<const Task> task = it->second;  // a copy, because the task may remove itself
    (*task)();
    ++ran;
  }
  return ran + run_posted() + run_due();
}

std::size_t EventLoop::run_posted() {
  std::vector<Task> posted;
  {
    const std::lock_guard lock(mutex_);
    std::uint64_t count = 0;
    static_cast<void>(::read(wake_.get(), &count, sizeof count) == sizeof count);
    posted.swap(posted_);
  }
  for (const Task& task : posted) task();
  return posted.size();
}

std::size_t EventLoop::run_due() {
  const std::int64_t now = clock_.monotonic_ns();
  const Token last = last_token_;  // a timer that these tasks set waits for the next iteration
  std::size_t ran = 0;
  while (!due_.empty() && due_.begin()->first.first <= now && due_.begin()->first.second <= last) {
    const auto first = due_.extract(due_.begin());
    due_of_.erase(first.key().second);
    first.mapped()();
    ++ran;
  }
  return ran;
}

void EventLoop::run(const Task& started) {
  thread_ = std::this_thread::get_id();
  started();
  for (;;) {
    turn(-1);
    const std::lock_guard lock(mutex_);
    if (is_closed_) break;
  }
  run_posted();
}

void EventLoop::close() {
  const std::lock_guard lock(mutex_);
  is_closed_ = true;
  wake();
}

}  // namespace atm::kernel
