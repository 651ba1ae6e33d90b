// SPDX-License-Identifier: MIT
// The terminal behind standard output: its size and its colours.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "table.hpp"

namespace atm::cli {

[[nodiscard]] bool output_is_terminal() noexcept;

/// The width of the terminal, or COLUMNS without one; colours on a terminal unless NO_COLOR is set.
[[nodiscard]] Canvas output_canvas();

/// The height of the terminal; 24 if it has none.
[[nodiscard]] std::size_t output_rows() noexcept;

/// Writes all of it to standard output; false if that fails.
[[nodiscard]] bool put(std::string_view text);

/// The error number of the first put() that failed; 0: none did.
[[nodiscard]] int output_error() noexcept;

}  // namespace atm::cli
