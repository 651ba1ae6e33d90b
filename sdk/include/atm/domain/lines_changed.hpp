// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>

namespace atm {

/// Lines that an agent added and removed in a session, as it reports them. 0 until the first report.
struct LinesChanged {
  /// Lines added.
  std::uint64_t added = 0;
  /// Lines removed.
  std::uint64_t removed = 0;

  /// added - removed, saturating.
  [[nodiscard]] constexpr std::int64_t net() const noexcept {
    // The difference of two unsigned counts can exceed 64 signed bits.
    constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (added >= removed) return static_cast<std::int64_t>(std::min(added - removed, kMost));
    if (removed - added > kMost) return std::numeric_limits<std::int64_t>::min();
    return -static_cast<std::int64_t>(removed - added);
  }
  /// added + removed, saturating.
  [[nodiscard]] constexpr std::uint64_t churn() const noexcept {
    std::uint64_t sum = 0;
    return __builtin_add_overflow(added, removed, &sum) ? std::numeric_limits<std::uint64_t>::max() : sum;
  }

  /// Display form `+150 -30`.
  [[nodiscard]] std::string str() const {
    return '+' + std::to_string(added) + " -" + std::to_string(removed);
  }
  /// Display form of net(): `+120`, `-5`, `+0`.
  [[nodiscard]] std::string net_str() const { return (net() < 0 ? "" : "+") + std::to_string(net()); }

  friend constexpr bool operator==(const LinesChanged&, const LinesChanged&) = default;
};

}  // namespace atm
