// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <string>
#include <string_view>

namespace atm::bench {

/// One or many hostile clients that must not affect others.
struct Attack {
  std::string_view who;
  std::string_view limits;  ///< of the daemon: lines of [limits] and following tables
  /// Runs until `is_over` or its work is done, then closes everything. Returns the count of `done`.
  std::size_t (*run)(const std::string& socket_path, const std::atomic<bool>& is_over);
  std::string_view done;  ///< the unit of the count
  std::size_t at_least;   ///< minimum count of a valid round; 0: a row for comparison
  /// The transport counter that must increase during a round; empty if it cannot know.
  std::string_view counter = {};
};

extern const std::array<Attack, 10> kAttacks;

}  // namespace atm::bench
