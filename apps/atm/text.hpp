// SPDX-License-Identifier: MIT
// Text for a terminal: made safe, measured and cut in columns.
//
// Names come from other programs: a directory may be called "\x1b]0;..." and hold wide or combining characters. Bytes
// are decoded as UTF-8 in every locale; widths and the limits of characters are utf8proc's.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace atm::cli {

/// Removes the next character from `rest`, which must not be empty. An invalid byte gives U+FFFD.
[[nodiscard]] char32_t take_character(std::string_view& rest) noexcept;

/// Columns of one character: 0 for combining ones, 2 for wide ones, -1 for those that must not reach a terminal.
[[nodiscard]] int character_width(char32_t character) noexcept;

/// `text` with control characters, bidirectional overrides and invalid bytes replaced by U+FFFD; line ends
/// and tabs become spaces. Terminals disagree about the width of joined, selected or unassigned characters: a cluster
/// with one of them becomes its base character if that is one column wide, else U+FFFD.
[[nodiscard]] std::string terminal_safe(std::string_view text);

/// The same for several lines: line feeds, tabs and a carriage return before a line feed are kept.
[[nodiscard]] std::string terminal_safe_lines(std::string_view text);

/// JSON of the same value in which every character that must not reach a terminal is an escape `\uXXXX`. Line feeds are
/// kept; invalid bytes become U+FFFD.
[[nodiscard]] std::string terminal_safe_json(std::string_view json);

/// Columns of terminal-safe text.
[[nodiscard]] std::size_t display_width(std::string_view text) noexcept;

/// Cuts text to `columns`; one "…" replaces the rest, at the end or in the middle.
[[nodiscard]] std::string cut_end(std::string_view text, std::size_t columns);
[[nodiscard]] std::string cut_middle(std::string_view text, std::size_t columns);

/// Cuts a path on its left, at a separator if its last name fits: `…/api/src`.
[[nodiscard]] std::string cut_path(std::string_view path, std::size_t columns);

/// Spaces added on the right (or left) up to `columns`.
[[nodiscard]] std::string pad_right(std::string text, std::size_t columns);
[[nodiscard]] std::string pad_left(std::string text, std::size_t columns);

/// Appends a character as UTF-8.
void append_character(std::string& text, char32_t character);

/// `text` in lower case, for comparisons; invalid bytes become U+FFFD.
[[nodiscard]] std::string folded_case(std::string_view text);

/// A path with the home directory as "~"; `home` may be empty.
[[nodiscard]] std::string with_tilde(std::string_view path, std::string_view home);

}  // namespace atm::cli
