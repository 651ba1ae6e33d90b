// SPDX-License-Identifier: MIT
// Turns the difference of two grids into bytes for a terminal.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "grid.hpp"
#include "theme.hpp"

namespace atm::cli::tui {

class Encoder final {
 public:
  explicit Encoder(Theme theme) : theme_(std::move(theme)) {}

  /// The bytes that turn a screen that shows `from` into one that shows `to`; empty if they are equal. Without `from`,
  /// or if its size differs, every cell is written. `is_synchronized`: the terminal supports mode 2026.
  [[nodiscard]] std::string frame(const Grid* from, const Grid& to, bool is_synchronized);

 private:
  void row(const Grid* from, const Grid& to, std::size_t y);
  void go_to(std::size_t x, std::size_t y);
  void put(const Cell& cell);
  void use(const Style& style);
  void start_style(bool is_reset);
  [[nodiscard]] bool is_at(std::size_t x, std::size_t y) const noexcept { return row_ == y && column_ == x; }

  Theme theme_;
  std::string out_;
  std::optional<std::size_t> row_{};     // of the cursor; absent: unknown
  std::optional<std::size_t> column_{};  // absent: unknown
  Style style_{};
};

}  // namespace atm::cli::tui
