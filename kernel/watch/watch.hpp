// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

namespace atm::kernel {

class EventLoop;
class Inotify;
class ProcessTable;

/// What a watcher has met. [any]
struct WatchCounters {
  std::atomic<std::uint64_t> polled{0};         ///< looks that only a poll could bring
  std::atomic<std::uint64_t> skipped_lines{0};  ///< over their limit
  std::atomic<std::uint64_t> refused_files{0};  ///< too large, too many, or not ours
  std::atomic<std::uint64_t> busy{0};           ///< sinks that asked for another time
};

/// What all watches of one loop share.
struct WatchContext {
  EventLoop& loop;
  Inotify& inotify;
  ProcessTable& processes;
  WatchCounters& counters;
  bool has_pidfd;
};

/// How long until something is looked at again without having been told of.
inline constexpr std::int64_t kPollNs = 500'000'000;        ///< the system's watches are used up
inline constexpr std::int64_t kRecheckNs = 10'000'000'000;  ///< what inotify cannot tell
inline constexpr std::int64_t kFirstBusyNs = 20'000'000;    ///< then doubled
inline constexpr std::int64_t kLongestBusyNs = 1'000'000'000;

/// A sink's answer.
enum class ConsumeResult : std::uint8_t { kTaken, kBusy };

/// One thing that is watched. All of it is [loop].
class Watch {
 public:
  virtual ~Watch() = default;
  virtual void start() = 0;
  /// Gives everything back; nothing is called any more. Legal from within its own call: the object itself
  /// lives until that has returned.
  virtual void cancel() = 0;
};

}  // namespace atm::kernel
