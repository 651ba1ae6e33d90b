// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>

#include "kernel/watch/event_loop.hpp"
#include "kernel/watch/inotify.hpp"
#include "kernel/watch/process_table.hpp"
#include "kernel/watch/watch.hpp"

namespace atm::kernel {

/// What the threads of one watcher share. It lives as long as the last of them, which may hang in a file system.
struct WatchShare {
  WatchShare(const Clock& c, std::string proc_root) : clock(c), processes(c, std::move(proc_root)) {}

  const Clock& clock;
  ProcessTable processes;
  WatchCounters counters;
  /// Held during each call of a sink: there are never two at once, whatever thread they come from.
  std::recursive_timed_mutex calls;
  bool is_over = false;  ///< no sink is called any more; guarded by `calls`
};

/// A sink's side of one watch.
struct WatchGuard {
  explicit WatchGuard(std::shared_ptr<WatchShare> s) : share(std::move(s)) {}

  /// Calls `body` unless the watch is removed. [any]
  template <class Body>
  void call(const Body& body) {
    const std::lock_guard lock(share->calls);
    if (!is_removed && !share->is_over) body();
  }
  /// Waits for a call that is under way, but within one. [any]
  void remove() {
    const std::lock_guard lock(share->calls);
    is_removed = true;
  }

  const std::shared_ptr<WatchShare> share;
  bool is_removed = false;  ///< guarded by share->calls
};

/// One thread with its event loop, its inotify instance and its watches. Without start() whoever calls turn() of the
/// loop is the thread.
class WatchThread final : public std::enable_shared_from_this<WatchThread> {
 public:
  using Id = std::uint64_t;
  using Factory = std::function<std::shared_ptr<Watch>(const WatchContext&)>;

  WatchThread(std::shared_ptr<WatchShare> share, std::size_t max_inotify_watches, bool has_pidfd);
  ~WatchThread();
  WatchThread(const WatchThread&) = delete;
  WatchThread& operator=(const WatchThread&) = delete;

  [[nodiscard]] EventLoop& loop() noexcept { return loop_; }
  [[nodiscard]] std::uint64_t inotify_overflows() const noexcept { return inotify_.overflows(); }

  /// Makes and starts a watch. [loop]
  void insert(Id id, const Factory& factory);
  /// Cancels and forgets it, if it is there. [loop]
  void erase(Id id);
  [[nodiscard]] Watch* find(Id id) const;  ///< [loop]

  /// The thread holds a reference to this object until the loop is closed. Throws std::system_error. [main]
  void start(const char* name);
  /// Waits for the end of a closed loop. False: it has not ended in time. [main]
  [[nodiscard]] bool wait(std::chrono::steady_clock::time_point until);
  /// The thread ends by itself, whenever the system call that it is in returns. [main]
  void abandon();

 private:
  void end_all();

  const std::shared_ptr<WatchShare> share_;
  EventLoop loop_;
  Inotify inotify_;
  const WatchContext context_;
  std::unordered_map<Id, std::shared_ptr<Watch>> watches_;
  std::future<void> ended_;
  std::thread thread_;
};

}  // namespace atm::kernel
