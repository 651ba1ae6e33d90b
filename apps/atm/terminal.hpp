// SPDX-License-Identifier: MIT
// The terminal behind standard output: its size, its colours, its second screen.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "table.hpp"

namespace atm::cli {

[[nodiscard]] bool output_is_terminal() noexcept;

/// As wide as the terminal, or as COLUMNS says where there is none; colours on a terminal unless NO_COLOR is
/// set.
[[nodiscard]] Canvas output_canvas();

/// Lines of the terminal.
[[nodiscard]] std::size_t output_lines();

/// Writes all of it to standard output; false: nobody reads any more.
[[nodiscard]] bool put(std::string_view text);

/// The terminal's second screen while this lives; what was there before comes back.
class Screen final {
 public:
  Screen();
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  /// Replaces what is shown; lines beyond the last of the terminal are left out.
  [[nodiscard]] bool paint(std::string_view text);
};

}  // namespace atm::cli
