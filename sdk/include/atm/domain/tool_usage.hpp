// SPDX-License-Identifier: MIT
// What tools a session used lately.
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

/// One use of a tool. Duration and outcome are unknown while it runs, and where the agent does not tell them.
struct ToolUsageRecord {
  std::string tool;
  std::optional<ToolUseId> tool_use_id;
  Timestamp time{};
  std::optional<std::uint64_t> duration_ms;
  std::optional<bool> is_error;

  friend bool operator==(const ToolUsageRecord&, const ToolUsageRecord&) = default;
};

/// The last 50 records, oldest first. Takes memory only for the records it has had: most of 10,000 sessions
/// used few tools.
class RecentTools final {
 public:
  static constexpr std::size_t kCapacity = kDefaultLimits.tool_history;

  /// Adds the newest; beyond the capacity the oldest goes.
  void push(ToolUsageRecord record) {
    if (ring_.size() < kCapacity) {
      // Doubling alone would end at 64 places for 50 records.
      if (ring_.size() == ring_.capacity()) ring_.reserve(std::min(kCapacity, ring_.size() * 2 + 1));
      ring_.push_back(std::move(record));
      oldest_ = 0;  // also after this object was moved from
      return;
    }
    ring_[oldest_] = std::move(record);
    oldest_ = (oldest_ + 1) % kCapacity;
  }

  [[nodiscard]] std::size_t size() const noexcept { return ring_.size(); }
  [[nodiscard]] bool empty() const noexcept { return ring_.empty(); }
  /// The oldest is 0, the newest size() - 1.
  [[nodiscard]] const ToolUsageRecord& operator[](std::size_t index) const noexcept {
    assert(index < ring_.size());
    return ring_[(oldest_ + index) % ring_.size()];
  }
  [[nodiscard]] ToolUsageRecord& operator[](std::size_t index) noexcept {
    assert(index < ring_.size());
    return ring_[(oldest_ + index) % ring_.size()];
  }
  /// The newest record of this use, or nullptr.
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
