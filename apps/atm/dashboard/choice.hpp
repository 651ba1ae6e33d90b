// SPDX-License-Identifier: MIT
// What the user chose to see in the dashboard.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "filter.hpp"

namespace atm::cli {

enum class Page : std::uint8_t { kList, kInbox, kTimeline, kCost, kSystem };
inline constexpr std::size_t kPages = 5;

/// Returns true for a page that shows the output of commands instead of rows.
[[nodiscard]] constexpr bool is_report(Page page) noexcept {
  return page >= Page::kTimeline;
}

enum class Order : std::uint8_t { kNeed, kAge, kCost, kContext, kName };

/// Stored between runs, apart from the filter.
struct Choice {
  bool is_tree = true;
  std::optional<bool> folds_quiet{};  ///< absent: quiet sessions are folded if the rows do not fit
  Order order = Order::kNeed;
  bool is_reversed = false;
  std::set<std::string> pins{};    ///< ids of sessions that stay on top
  std::set<std::string> closed{};  ///< keys of rows whose children are hidden
  Filter filter{};

  friend bool operator==(const Choice&, const Choice&) = default;
};

}  // namespace atm::cli
