// SPDX-License-Identifier: MIT
#include "kernel/watch/watch_thread.hpp"

#include <atm/posix/thread.hpp>
#include <utility>
#include <vector>

namespace atm::kernel {

WatchThread::WatchThread(std::shared_ptr<WatchShare> share, std::size_t max_inotify_watches, bool has_pidfd)
    : share_(std::move(share)),
      loop_(share_->clock),
      inotify_(loop_, max_inotify_watches),
      context_{loop_, inotify_, share_->processes, share_->counters, has_pidfd} {}

WatchThread::~WatchThread() {
  end_all();
}

void WatchThread::insert(Id id, const Factory& factory) {
  const std::shared_ptr<Watch> watch = factory(context_);
  watches_.emplace(id, watch);
  loop_.after(0, [watch] { watch->start(); });
}

void WatchThread::erase(Id id) {
  const auto it = watches_.find(id);
  if (it == watches_.end()) return;
  const std::shared_ptr<Watch> watch = std::move(it->second);
  watches_.erase(it);
  watch->cancel();
  // This may run within a call of the watch, so the watch lives until the loop has left that call.
  loop_.after(0, [watch] {});
}

Watch* WatchThread::find(Id id) const {
  const auto it = watches_.find(id);
  return it == watches_.end() ? nullptr : it->second.get();
}

void WatchThread::start(const char* name) {
  std::promise<void> started;
  std::promise<void> ended;
  std::future<void> is_running = started.get_future();
  ended_ = ended.get_future();
  thread_ =
      posix::start_thread(name, [self = shared_from_this(), &started, ended = std::move(ended)]() mutable {
        self->loop_.run([&started] { started.set_value(); });
        self->end_all();
        ended.set_value();
      });
  is_running.wait();
}

bool WatchThread::wait(std::chrono::steady_clock::time_point until) {
  if (!thread_.joinable()) return true;
  if (ended_.wait_until(until) != std::future_status::ready) return false;
  thread_.join();
  return true;
}

void WatchThread::abandon() {
  if (thread_.joinable()) thread_.detach();
}

void WatchThread::end_all() {
  std::vector<Id> all;
  for (const auto& [id, watch] : watches_) all.push_back(id);
  for (const Id id : all) erase(id);
  loop_.turn(0);  // destroys tasks while the objects that they refer to still exist
}

}  // namespace atm::kernel
