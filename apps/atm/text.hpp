// SPDX-License-Identifier: MIT
// Text that may be shown on a terminal: made harmless, measured and cut in columns.
//
// Names come from other programs: a directory may be called "\x1b]0;..." and hold wide or combining
// characters. Bytes are decoded here as UTF-8 whatever the locale says; widths are the C library's.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace atm::cli {

/// Takes the next character off `rest`, which must not be empty. A byte that is no UTF-8 gives U+FFFD.
[[nodiscard]] char32_t take_character(std::string_view& rest) noexcept;

/// Columns of one character: 0 for combining ones, 2 for wide ones, -1 for what must not reach a terminal.
[[nodiscard]] int character_width(char32_t character) noexcept;

/// `text` with control characters, bidirectional overrides and invalid bytes replaced by U+FFFD; line ends
/// and tabs become spaces.
[[nodiscard]] std::string terminal_safe(std::string_view text);

/// Several lines of such text: line feeds, tabs and a carriage return before a line feed stay.
[[nodiscard]] std::string terminal_safe_lines(std::string_view text);

/// JSON of the same value in which every character that must not reach a terminal is an escape `\uXXXX`. Line feeds
/// stay; invalid bytes become U+FFFD.
[[nodiscard]] std::string terminal_safe_json(std::string_view json);

/// Columns of text that is terminal-safe.
[[nodiscard]] std::size_t display_width(std::string_view text) noexcept;

/// At most `columns` wide; what does not fit is replaced by one "…", at the end or in the middle.
[[nodiscard]] std::string cut_end(std::string_view text, std::size_t columns);
[[nodiscard]] std::string cut_middle(std::string_view text, std::size_t columns);

/// Spaces added on the right (or left) up to `columns`.
[[nodiscard]] std::string pad_right(std::string text, std::size_t columns);
[[nodiscard]] std::string pad_left(std::string text, std::size_t columns);

/// A path with the home directory as "~"; `home` may be empty.
[[nodiscard]] std::string with_tilde(std::string_view path, std::string_view home);

}  // namespace atm::cli
