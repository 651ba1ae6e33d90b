// SPDX-License-Identifier: MIT
// Lays rows of cells out in columns that fit the width there is.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace atm::cli {

/// How a cell looks on a terminal that shows colours.
enum class Style { kPlain, kBold, kDim, kRed, kYellow, kGreen, kBlue };

struct Cell {
  std::string text;  // terminal-safe
  Style style = Style::kPlain;
};

enum class Align { kLeft, kRight };
enum class Shrink { kNever, kEnd, kMiddle };

struct Column {
  std::string title;
  Align align = Align::kLeft;
  Shrink shrink = Shrink::kNever;
  std::size_t narrowest = 0;  // columns a shrinking one keeps
  unsigned dispensable = 0;   // where there is too little room the highest goes first; 0 stays
};

/// What the place of the output can do.
struct Canvas {
  std::optional<std::size_t> columns{};  // absent: as wide as needed
  bool colour = false;
};

/// `text` in `style`, when `colour`.
[[nodiscard]] std::string styled(const std::string& text, Style style, bool colour);

class Table final {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  /// `cells` has one entry a column.
  void add_row(std::vector<Cell> cells) { rows_.push_back(std::move(cells)); }

  /// Title line and rows, each ended by a line feed. Where there is too little room the shrinking columns
  /// give way, the widest before the others; then dispensable ones go; what is still too wide is cut at the
  /// right edge.
  [[nodiscard]] std::string render(const Canvas& canvas) const;

 private:
  // 0: the column is left out.
  [[nodiscard]] std::vector<std::size_t> widths(const Canvas& canvas) const;

  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace atm::cli
