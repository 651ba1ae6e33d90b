// SPDX-License-Identifier: MIT
// A screen as rows of cells. Views draw into it; the encoder brings it to a terminal, and tests read it as text.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace atm::cli::tui {

/// The meaning of a text; a theme gives each role a colour.
enum class Role : std::uint8_t { kText, kDim, kBusy, kAttention, kGood, kBad, kAccent, kBorder };
inline constexpr std::size_t kRoles = 8;

struct Style {
  Role role = Role::kText;
  bool bold = false;
  bool selected = false;

  friend bool operator==(const Style&, const Style&) = default;
};

/// One base character with its combining marks. A wide character is followed by a cell of width 0.
struct Cell {
  std::array<char, 14> bytes{' '};
  std::uint8_t size = 1;
  std::uint8_t width = 1;
  Style style{};

  [[nodiscard]] std::string_view text() const noexcept { return {bytes.data(), size}; }
  [[nodiscard]] bool is_blank() const noexcept { return size == 1 && bytes[0] == ' '; }
  friend bool operator==(const Cell& a, const Cell& b) noexcept {
    return a.width == b.width && a.style == b.style && a.text() == b.text();
  }
};

class Grid final {
 public:
  Grid() = default;
  Grid(std::size_t width, std::size_t height) : width_(width), height_(height), cells_(width * height) {}

  [[nodiscard]] std::size_t width() const noexcept { return width_; }
  [[nodiscard]] std::size_t height() const noexcept { return height_; }
  [[nodiscard]] const Cell& at(std::size_t x, std::size_t y) const { return cells_[y * width_ + x]; }

  /// Writes terminal-safe text at a position, at most `columns` wide, and returns the number of columns it took. What
  /// does not fit is cut with "…". A position outside the grid is ignored. The last column of the grid shows no
  /// combining marks, because tmux shows them one column before it.
  std::size_t put(std::size_t x, std::size_t y, std::string_view text, Style style = {},
                  std::size_t columns = std::string_view::npos);
  /// Marks a row, from `x` to `end`, as selected.
  void select(std::size_t y, std::size_t x, std::size_t end);

  /// The rows without trailing spaces, each ended by a line feed.
  [[nodiscard]] std::string text() const;
  /// One letter per cell: `t` text, `d` dim, `b` busy, `n` attention, `g` good, `r` bad, `a` accent, `l` border; upper
  /// case is bold. A selected cell is `#`, a space without selection is a space.
  [[nodiscard]] std::string styles() const;

  friend bool operator==(const Grid&, const Grid&) = default;

 private:
  void set(std::size_t x, std::size_t y, std::string_view bytes, std::size_t width, Style style);
  // Replaces the halves of a wide character that a new cell at `x` would separate.
  void split(std::size_t x, std::size_t y);

  std::size_t width_ = 0;
  std::size_t height_ = 0;
  std::vector<Cell> cells_;
};

}  // namespace atm::cli::tui
