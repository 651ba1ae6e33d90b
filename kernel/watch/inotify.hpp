// SPDX-License-Identifier: MIT
#pragma once

#include <atm/posix/file_descriptor.hpp>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "kernel/watch/event_loop.hpp"

namespace atm::kernel {

/// The only inotify instance of the daemon (the limit is 128 per user). Watches of the same directory share one inotify
/// watch. [loop] unless noted otherwise.
class Inotify final {
 public:
  using Id = std::uint64_t;

  /// `name`: the entry of a watched directory; empty for the watched object itself. IN_Q_OVERFLOW: events were lost,
  /// check everything. IN_IGNORED: the last call, the object is gone.
  using Handler = std::function<void(std::uint32_t mask, std::string_view name)>;

  struct Added {
    Id id = 0;      ///< 0: refused
    int error = 0;  ///< errno of a refusal; ENOSPC if the limit of watches is reached
  };

  /// Uses at most max_watches of the user's limit; with 0 every add() is refused.
  Inotify(EventLoop& loop, std::size_t max_watches);
  ~Inotify();
  Inotify(const Inotify&) = delete;
  Inotify& operator=(const Inotify&) = delete;

  /// Follows symbolic links.
  [[nodiscard]] Added add(const std::string& path, std::uint32_t mask, Handler handler);
  /// Ignores 0 and a removed id.
  void remove(Id id);

  /// [any]
  [[nodiscard]] std::uint64_t overflows() const noexcept { return overflows_; }

 private:
  struct Listener {
    Id id;
    std::uint32_t mask;
    std::shared_ptr<const Handler> handler;
  };

  void read_events();
  void dispatch(int watch, std::uint32_t mask, std::string_view name);
  void tell(const std::vector<Listener>& listeners, std::uint32_t mask, std::string_view name) const;

  EventLoop& loop_;
  const std::size_t max_watches_;
  posix::FileDescriptor fd_;
  EventLoop::Token token_ = 0;
  Id last_id_ = 0;
  std::unordered_map<int, std::vector<Listener>> listeners_;  ///< by watch descriptor
  std::unordered_map<Id, int> watch_of_;
  std::atomic<std::uint64_t> overflows_{0};
};

}  // namespace atm::kernel
