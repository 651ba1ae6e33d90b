// SPDX-License-Identifier: MIT
// What agents reported and no file of theirs contains: the limits of a vendor, and costs.
#pragma once

#include <cmath>
#include <cstdint>
#include <string>

namespace atm::ledger {

/// One report about one window. Times are Unix seconds.
struct Limit {
  std::string program;         ///< `claude_code`
  std::string window;          ///< `five_hour`, `seven_day`
  std::int64_t resets_at = 0;  ///< the end of the window
  double used_percentage = 0;
  std::int64_t seen_at = 0;

  /// Whether the values are possible.
  [[nodiscard]] bool is_valid() const noexcept {
    constexpr std::int64_t kMost = std::int64_t{1} << 40;
    return resets_at > 0 && resets_at < kMost && seen_at > 0 && seen_at < kMost &&
           std::isfinite(used_percentage) && used_percentage >= 0;
  }
  friend bool operator==(const Limit&, const Limit&) = default;
};

/// The cost of a session as an agent computes it that writes no file with its responses. In no sum of list prices.
struct AgentCost {
  std::string program;  ///< `opencode`
  std::string session;
  std::int64_t micros = 0;   ///< microdollars
  std::int64_t seen_at = 0;  ///< Unix seconds
  friend bool operator==(const AgentCost&, const AgentCost&) = default;
};

}  // namespace atm::ledger
