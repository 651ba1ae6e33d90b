// SPDX-License-Identifier: MIT
// What the user chose to see in the dashboard.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "filter.hpp"

namespace atm::cli {

/// kOutput: of a command that the user typed; it has no key.
enum class Page : std::uint8_t { kList, kInbox, kBoard, kTimeline, kCost, kSystem, kOutput };
inline constexpr std::size_t kPages = 6;  ///< without kOutput

/// Returns true for a page that shows the output of commands instead of rows.
[[nodiscard]] constexpr bool is_report(Page page) noexcept {
  return page >= Page::kTimeline;
}

enum class Order : std::uint8_t { kNeed, kAge, kCost, kContext, kName };
/// The word and the key of each order.
inline constexpr std::array<std::string_view, 5> kOrderWords{"status", "age", "cost", "context", "name"};
inline constexpr std::string_view kOrderKeys = "sacxn";

inline constexpr std::size_t kMostSaved = 9;

/// Stored between runs, apart from the filter.
struct Choice {
  bool is_tree = true;
  std::optional<bool> folds_quiet{};  ///< absent: quiet sessions are folded if the rows do not fit
  Order order = Order::kNeed;
  bool is_reversed = false;
  std::set<std::string> pins{};    ///< ids of sessions that stay on top
  std::set<std::string> closed{};  ///< keys of rows whose children are hidden
  Filter filter{};
  std::map<std::string, std::string> saved{};  ///< filters by name, at most kMostSaved

  friend bool operator==(const Choice&, const Choice&) = default;
};

}  // namespace atm::cli
