// SPDX-License-Identifier: MIT
// Aligns rows of cells in columns that fit the available width.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace atm::cli {

/// The style of a cell on a terminal with colours.
enum class Style { kPlain, kBold, kDim, kRed, kYellow, kGreen, kBlue };

struct Cell {
  std::string text;  // terminal-safe
  Style style = Style::kPlain;
};

enum class Align { kLeft, kRight };
enum class Shrink { kNever, kEnd, kMiddle, kPath };

struct Column {
  std::string title;
  Align align = Align::kLeft;
  Shrink shrink = Shrink::kNever;
  std::size_t narrowest = 0;  // minimum width of a shrinking one
  unsigned dispensable = 0;   // the highest is dropped first; 0 is kept
};

/// The properties of the output.
struct Canvas {
  std::optional<std::size_t> columns{};  // absent: as wide as needed
  bool colour = false;
};

/// `text` in `style` if `colour` is set.
[[nodiscard]] std::string styled(const std::string& text, Style style, bool colour);

class Table final {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  /// `cells` has one entry a column.
  void add_row(std::vector<Cell> cells) { rows_.push_back(std::move(cells)); }

  /// Title line and rows, each ended by a line feed. If the width is too small, the shrinking columns shrink, the
  /// widest first; then dispensable ones are dropped; then lines are cut at the right edge.
  [[nodiscard]] std::string render(const Canvas& canvas) const;

 private:
  // 0: the column is left out.
  [[nodiscard]] std::vector<std::size_t> widths(const Canvas& canvas) const;

  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace atm::cli
