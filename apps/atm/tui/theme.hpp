// SPDX-License-Identifier: MIT
// The colours of a frame, as terminals with more or fewer colours show them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "grid.hpp"

namespace atm::cli::tui {

/// The SGR parameters of the background and of each role. A terminal may read no more than 16 parameters.
struct Theme {
  std::string background{};  ///< empty: that of the terminal
  std::array<std::string, kRoles> roles{};
};

struct Rgb {
  std::uint8_t red = 0;
  std::uint8_t green = 0;
  std::uint8_t blue = 0;

  /// `#1b1d23`; absent: not of this form.
  [[nodiscard]] static std::optional<Rgb> parse(std::string_view text) noexcept;
  friend bool operator==(const Rgb&, const Rgb&) = default;
};

/// A theme by its colours.
struct Palette {
  std::string name;
  Rgb background;
  std::array<Rgb, kRoles> roles;  ///< in the order of Role
};

/// The palettes of the program. Text is readable on each background, and their states differ for people with each form
/// of colour blindness: theme_test.cpp computes both.
[[nodiscard]] const std::vector<Palette>& built_in_palettes();

/// How many colours a terminal has.
enum class Depth : std::uint8_t { kNone, k16, k256, kTrue };
/// By the variables of the environment; `has_colour`: false if the user wants none.
[[nodiscard]] Depth depth_of_terminal(std::string_view term, std::string_view colorterm, bool has_colour);

/// The colours of the terminal itself, or bold and dim only.
[[nodiscard]] const Theme& theme_of_terminal(bool has_colour) noexcept;
/// With fewer than 256 colours, the colours of the terminal itself.
[[nodiscard]] Theme theme_of(const Palette& palette, Depth depth);

}  // namespace atm::cli::tui
