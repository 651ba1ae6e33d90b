// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <string>
#include <string_view>

namespace atm::bench {

/// A client, or a thousand, that others must not notice.
struct Attack {
  std::string_view who;
  std::string_view limits;  ///< the daemon's, as lines of [limits] and tables behind it
  /// Goes on until it is over, or has done all it had in mind, and then lets go of everything; gives how often
  /// it did what it is about.
  std::size_t (*run)(const std::string& socket_path, const std::atomic<bool>& is_over);
  std::string_view done;  ///< what it counts
  std::size_t at_least;   ///< of these a round, or it was none; 0: a row to compare others with
  /// What the transport must have counted more of at the end of a round; empty when it cannot know.
  std::string_view counter = {};
};

extern const std::array<Attack, 10> kAttacks;

}  // namespace atm::bench
