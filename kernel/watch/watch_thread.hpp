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
#include <utility>

#include "kernel/system/callback_scope.hpp"
#include "kernel/watch/event_loop.hpp"
#include "kernel/watch/inotify.hpp"
#include "kernel/watch/process_table.hpp"
#include "kernel/watch/watch.hpp"

namespace atm::kernel {

/// Shared by the threads of one watcher. It lives as long as the last thread, which may hang in a file system.
struct WatchShare {
  WatchShare(const Clock& c, std::string proc_root) : clock(c), processes(c, std::move(proc_root)) {}

  const Clock& clock;
  ProcessTable processes;
  WatchCounters counters;
  /// Held during each call of a sink, so that there is one call at a time over all threads.
  std::recursive_timed_mutex calls;
  bool is_over = false;  ///< no sink is called any more; guarded by `calls`
};

/// The link between a watch and its sink.
struct WatchGuard {
  explicit WatchGuard(std::shared_ptr<WatchShare> s) : share(std::move(s)) {}

  /// Calls `body` unless the watch is removed. [any]
  template <class Body>
  void call(const Body& body) {
    const std::lock_guard lock(share->calls);
    const CallbackScope scope;
    if (!is_removed && !share->is_over) body();
  }
  /// Waits for a running call, unless called within it. False: the watch has ended by itself. [any]
  [[nodiscard]] bool remove() {
    const std::lock_guard lock(share->calls);
    return !std::exchange(is_removed, true);
  }

  const std::shared_ptr<WatchShare> share;
  bool is_removed = false;  ///< guarded by share->calls
};

/// One thread with its event loop, inotify instance and watches. Without start() the caller of the loop's turn() acts
/// as the thread.
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

  /// Creates and starts a watch. [loop]
  void insert(Id id, const Factory& factory);
  /// Cancels and removes it if present. [loop]
  void erase(Id id);
  [[nodiscard]] Watch* find(Id id) const;  ///< [loop]

  /// The thread holds a reference to this object until the loop is closed. Throws std::system_error. [main]
  void start(const char* name);
  /// Waits for the end of a closed loop. Returns false after `until`. [main]
  [[nodiscard]] bool wait(std::chrono::steady_clock::time_point until);
  /// Detaches the thread, which ends when its current system call returns. [main]
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
