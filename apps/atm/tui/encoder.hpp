// SPDX-License-Identifier: MIT
// Turns the difference of two grids into bytes for a terminal.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "grid.hpp"

namespace atm::cli::tui {

/// The SGR parameters of each role, and those that mark the selection.
struct Theme {
  std::array<std::string_view, kRoles> roles{};
  std::string_view selection = "7";
};

/// The colours of the terminal itself, or bold and dim only.
[[nodiscard]] const Theme& theme_of_terminal(bool colour) noexcept;

class Encoder final {
 public:
  explicit Encoder(const Theme& theme) : theme_(theme) {}

  /// The bytes that turn a screen that shows `from` into one that shows `to`; empty if they are equal. Without `from`,
  /// or if its size differs, every cell is written. `is_synchronized`: the terminal supports mode 2026.
  [[nodiscard]] std::string frame(const Grid* from, const Grid& to, bool is_synchronized);

 private:
  void row(const Grid* from, const Grid& to, std::size_t y);
  void go_to(std::size_t x, std::size_t y);
  void put(const Cell& cell);
  void use(const Style& style);

  struct Place {
    std::size_t x;
    std::size_t y;
  };
  const Theme& theme_;
  std::string out_;
  std::optional<Place> cursor_{};  // absent: unknown
  Style style_{};
};

}  // namespace atm::cli::tui
