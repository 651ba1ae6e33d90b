// SPDX-License-Identifier: MIT
#include "table.hpp"

#include <algorithm>

#include "text.hpp"

namespace atm::cli {

namespace {

constexpr std::size_t kGap = 2;

const char* escape_of(Style style) {
  switch (style) {
    case Style::kPlain:
      return "";
    case Style::kBold:
      return "\x1b[1m";
    case Style::kDim:
      return "\x1b[2m";
    case Style::kRed:
      return "\x1b[31m";
    case Style::kYellow:
      return "\x1b[33m";
    case Style::kGreen:
      return "\x1b[32m";
    case Style::kBlue:
      return "\x1b[34m";
  }
  return "";
}

std::string fitted(const Cell& cell, const Column& column, std::size_t width) {
  const bool is_title = cell.text == column.title;
  if (column.shrink == Shrink::kMiddle && !is_title) return cut_middle(cell.text, width);
  if (column.shrink == Shrink::kPath && !is_title) return cut_path(cell.text, width);
  return cut_end(cell.text, width);
}

// One line; text beyond the right edge is cut or left out.
std::string line(const std::vector<Cell>& cells, const std::vector<Column>& columns,
                 const std::vector<std::size_t>& widths, const Canvas& canvas) {
  std::string out;
  std::string pending;  // blanks are written only before text, so that no line ends with them
  std::size_t at = 0;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::size_t room = canvas.columns ? *canvas.columns - std::min(*canvas.columns, at) : widths[i];
    const std::size_t width = std::min(widths[i], room);
    if (width == 0) continue;
    const std::string text = fitted(cells[i], columns[i], width);
    const std::string blank(width - display_width(text), ' ');
    if (columns[i].align == Align::kRight) pending += blank;
    if (!text.empty()) {
      out += pending + styled(text, cells[i].style, canvas.colour);
      pending.clear();
    }
    if (columns[i].align == Align::kLeft) pending += blank;
    pending.append(kGap, ' ');
    at += width + kGap;
  }
  return out + '\n';
}

std::size_t total_width(const std::vector<std::size_t>& widths) {
  std::size_t total = 0;
  for (const std::size_t width : widths) {
    if (width > 0) total += width + (total > 0 ? kGap : 0);
  }
  return total;
}

std::size_t floor_of(const Column& column, std::size_t width) {
  if (column.shrink == Shrink::kNever) return width;
  return std::min(width, std::max(column.narrowest, display_width(column.title)));
}

}  // namespace

std::string styled(const std::string& text, Style style, bool colour) {
  if (!colour || style == Style::kPlain || text.empty()) return text;
  return escape_of(style) + text + "\x1b[0m";
}

std::vector<std::size_t> Table::widths(const Canvas& canvas) const {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t width = display_width(columns_[i].title);
    for (const auto& row : rows_) width = std::max(width, display_width(row[i].text));
    widths.push_back(width);
  }
  if (!canvas.columns) return widths;

  std::vector<std::size_t> least;
  for (std::size_t i = 0; i < columns_.size(); ++i) least.push_back(floor_of(columns_[i], widths[i]));
  while (total_width(least) > *canvas.columns) {
    std::size_t goes = columns_.size();
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (columns_[i].dispensable == 0 || least[i] == 0) continue;
      if (goes == columns_.size() || columns_[i].dispensable > columns_[goes].dispensable) goes = i;
    }
    if (goes == columns_.size()) break;
    least[goes] = widths[goes] = 0;
  }
  for (std::size_t total = total_width(widths); total > *canvas.columns; --total) {
    std::size_t widest = columns_.size();
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (widths[i] > least[i] && (widest == columns_.size() || widths[i] > widths[widest])) widest = i;
    }
    if (widest == columns_.size()) break;
    --widths[widest];
  }
  return widths;
}

std::string Table::render(const Canvas& canvas) const {
  const std::vector<std::size_t> fit = widths(canvas);
  std::vector<Cell> titles;
  for (const Column& column : columns_) titles.push_back({column.title, Style::kBold});
  std::string out = line(titles, columns_, fit, canvas);
  for (const auto& row : rows_) out += line(row, columns_, fit, canvas);
  return out;
}

}  // namespace atm::cli
