// SPDX-License-Identifier: MIT
// The terminal behind standard output: its size, its colours, its alternate screen.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "table.hpp"

namespace atm::cli {

[[nodiscard]] bool output_is_terminal() noexcept;

/// The width of the terminal, or COLUMNS without one; colours on a terminal unless NO_COLOR is set.
[[nodiscard]] Canvas output_canvas();

/// The number of lines of the terminal.
[[nodiscard]] std::size_t output_lines();

/// Writes all of it to standard output; false if that fails.
[[nodiscard]] bool put(std::string_view text);

/// The error number of the first put() that failed; 0: none did.
[[nodiscard]] int output_error() noexcept;

/// Shows the alternate screen of the terminal; the destructor restores the former content.
class Screen final {
 public:
  Screen();
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  /// Replaces the content; lines beyond the last of the terminal are left out.
  [[nodiscard]] bool paint(std::string_view text);
};

}  // namespace atm::cli
