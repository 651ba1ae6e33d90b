// SPDX-License-Identifier: MIT
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "kernel/system/clock.hpp"
#include "kernel/watch/watcher.hpp"
#include "scratch.hpp"

namespace atm::kernel {

inline constexpr std::int64_t kMs = 1'000'000;

inline std::string name_of(TailEvent event) {
  switch (event) {
    case TailEvent::kAppeared:
      return "<appeared>";
    case TailEvent::kTruncated:
      return "<truncated>";
    case TailEvent::kReplaced:
      return "<replaced>";
    case TailEvent::kGone:
      return "<gone>";
    case TailEvent::kLineSkipped:
      return "<skipped>";
  }
  return "<?>";
}

/// Follows files without a thread and records the events in order.
struct TailFixture {
  using Log = std::vector<std::string>;

  explicit TailFixture(std::size_t max_inotify_watches = 8192)
      : watcher(clock, {"/proc", true, max_inotify_watches}) {}

  Watcher::Id follow(FileTailOptions options) {
    Watcher::Id id = 0;
    const auto line = [this](Watcher::Id, const TailLine& l) {
      if (takes <= 0) return ConsumeResult::kBusy;
      --takes;
      log.emplace_back(l.text);
      offsets.push_back(l.offset);
      next_offset = l.next_offset;
      return ConsumeResult::kTaken;
    };
    const auto event = [this](Watcher::Id, TailEvent e) { log.push_back(name_of(e)); };
    error = watcher.follow(this, std::move(options), line, event, id);
    watcher.run_until_idle();
    return id;
  }
  Watcher::Id follow(const std::string& name, TailStart start = TailStart::kBeginning,
                     std::uint64_t offset = 0, std::size_t max_line_bytes = FileTailOptions::kMaxLineBytes) {
    return follow({files.path(name), start, offset, max_line_bytes});
  }

  /// The events since the previous call.
  Log changes() {
    watcher.run_until_idle();
    return std::exchange(log, {});
  }
  Log changes_after(std::int64_t ns) {
    clock.advance(ns);
    return changes();
  }

  Scratch files;
  ManualClock clock;
  Watcher watcher;
  WatchError error = WatchError::kNone;
  int takes = std::numeric_limits<int>::max();  ///< lines taken before the sink is busy
  Log log;
  std::vector<std::uint64_t> offsets;
  std::uint64_t next_offset = 0;
};

}  // namespace atm::kernel
