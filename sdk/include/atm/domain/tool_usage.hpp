// SPDX-License-Identifier: MIT
// The latest tool uses of a session.
#pragma once

#include <algorithm>
#include <atm/domain/ids.hpp>
#include <atm/domain/limits.hpp>
#include <atm/domain/timestamp.hpp>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace atm {

/// One tool use. Duration and outcome are unknown while it runs, and if the agent does not report them.
struct ToolUsageRecord {
  std::string tool;
  /// Absent if the agent does not number its tool uses.
  std::optional<ToolUseId> tool_use_id;
  /// Start.
  Timestamp time{};
  /// Milliseconds from start to end.
  std::optional<std::uint64_t> duration_ms;
  std::optional<bool> is_error;
  /// Of a command, if the agent reports it.
  std::optional<std::int64_t> exit_code{};
  /// The agent has corrected its result, which a late result does not replace.
  bool amended = false;

  friend bool operator==(const ToolUsageRecord&, const ToolUsageRecord&) = default;
};

/// The last 50 tool uses, oldest first.
///
/// There are up to 10,000 sessions and most use few tools, so the ring allocates memory only for the uses that it
/// holds. A value type: not synchronised.
class RecentTools final {
 public:
  /// Tool uses kept.
  static constexpr std::size_t kCapacity = kDefaultLimits.tool_history;

  /// Appends the newest use; at capacity it replaces the oldest.
  void push(ToolUsageRecord record) {
    if (ring_.size() < kCapacity) {
      // Plain doubling would end at 64 places for 50 uses.
      if (ring_.size() == ring_.capacity()) ring_.reserve(std::min(kCapacity, ring_.size() * 2 + 1));
      ring_.push_back(std::move(record));
      // Valid after a move from this object, too.
      oldest_ = 0;
      return;
    }
    ring_[oldest_] = std::move(record);
    oldest_ = (oldest_ + 1) % kCapacity;
  }

  [[nodiscard]] std::size_t size() const noexcept { return ring_.size(); }
  [[nodiscard]] bool empty() const noexcept { return ring_.empty(); }
  /// Index 0 is the oldest, size() - 1 the newest. The index must be below size(). Valid until the next push().
  [[nodiscard]] const ToolUsageRecord& operator[](std::size_t index) const noexcept {
    assert(index < ring_.size());
    return ring_[(oldest_ + index) % ring_.size()];
  }
  [[nodiscard]] ToolUsageRecord& operator[](std::size_t index) noexcept {
    assert(index < ring_.size());
    return ring_[(oldest_ + index) % ring_.size()];
  }
  /// The newest use with this id, or nullptr. Valid until the next push().
  [[nodiscard]] ToolUsageRecord* find(const ToolUseId& id) noexcept {
    for (std::size_t i = size(); i-- > 0;) {
      if ((*this)[i].tool_use_id == id) return &(*this)[i];
    }
    return nullptr;
  }

 private:
  std::vector<ToolUsageRecord> ring_;
  std::size_t oldest_ = 0;
};

}  // namespace atm
