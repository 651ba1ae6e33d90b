// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

namespace atm::kernel {

class EventLoop;
class Inotify;
class ProcessTable;

/// Counters of a watcher. [any]
struct WatchCounters {
  std::atomic<std::uint64_t> polled{0};         ///< checks triggered by polling only
  std::atomic<std::uint64_t> skipped_lines{0};  ///< over their limit
  std::atomic<std::uint64_t> refused_files{0};  ///< too large, too many, or of another user
  std::atomic<std::uint64_t> busy{0};           ///< busy results of sinks
};

/// Shared by all watches of one loop.
struct WatchContext {
  EventLoop& loop;
  Inotify& inotify;
  ProcessTable& processes;
  WatchCounters& counters;
  bool has_pidfd;
};

/// Intervals of checks without an event.
inline constexpr std::int64_t kPollNs = 500'000'000;        ///< the limit of inotify watches is reached
inline constexpr std::int64_t kRecheckNs = 10'000'000'000;  ///< changes without inotify events
inline constexpr std::int64_t kFirstBusyNs = 20'000'000;    ///< doubles each time
inline constexpr std::int64_t kLongestBusyNs = 1'000'000'000;

/// Result of a sink.
enum class ConsumeResult : std::uint8_t { kTaken, kBusy };

/// One watched object. All of it is [loop].
class Watch {
 public:
  virtual ~Watch() = default;
  virtual void start() = 0;
  /// Releases everything; no call follows. It may be called within the watch's own call: the object lives until that
  /// call returns.
  virtual void cancel() = 0;
};

}  // namespace atm::kernel
