// SPDX-License-Identifier: MIT
#include "grid.hpp"

#include <algorithm>
#include <cctype>
#include <cstring>

#include "text.hpp"

namespace atm::cli::tui {

namespace {

constexpr std::string_view kLetters = "tdbngral";

void append_trimmed(std::string& to, std::string row) {
  row.erase(row.find_last_not_of(' ') + 1);
  to += row + '\n';
}

}  // namespace

std::size_t Grid::put(std::size_t x, std::size_t y, std::string_view text, Style style, std::size_t columns) {
  if (y >= height_ || x >= width_) return 0;
  columns = std::min(columns, width_ - x);
  std::string cut;
  if (display_width(text) > columns) {
    cut = cut_end(text, columns);
    text = cut;
  }
  std::size_t at = 0;
  while (!text.empty()) {
    std::string_view rest = text;
    const int width = character_width(take_character(rest));
    const std::size_t base = text.size() - rest.size();
    std::size_t bytes = base;
    // The marks after a character share its cell.
    for (std::string_view after = rest; !after.empty(); rest = after) {
      if (character_width(take_character(after)) != 0) break;
      bytes = text.size() - after.size();
    }
    if (width > 0) {
      const std::size_t place = x + at;
      at += static_cast<std::size_t>(width);
      // Without wrapping, tmux 3.3a gives the marks of the last column to the column before it.
      set(place, y, text.substr(0, x + at < width_ ? bytes : base), static_cast<std::size_t>(width), style);
    }
    text.remove_prefix(bytes);
  }
  return at;
}

void Grid::set(std::size_t x, std::size_t y, std::string_view bytes, std::size_t width, Style style) {
  for (std::size_t i = 0; i < width; ++i) split(x + i, y);
  Cell& cell = cells_[y * width_ + x];
  bytes = bytes.substr(0, cell.bytes.size());
  std::memcpy(cell.bytes.data(), bytes.data(), bytes.size());
  cell.size = static_cast<std::uint8_t>(bytes.size());
  cell.width = static_cast<std::uint8_t>(width);
  cell.style = style;
  for (std::size_t i = 1; i < width; ++i) {
    Cell& next = cells_[y * width_ + x + i];
    next = Cell{};
    next.size = 0;
    next.width = 0;
    next.style = style;
  }
}

void Grid::split(std::size_t x, std::size_t y) {
  Cell* const row = &cells_[y * width_];
  if (row[x].width == 0 && x > 0) row[x - 1] = Cell{.style = row[x - 1].style};
  if (row[x].width == 2 && x + 1 < width_) row[x + 1] = Cell{.style = row[x + 1].style};
}

void Grid::select(std::size_t y, std::size_t x, std::size_t end) {
  if (y >= height_) return;
  for (; x < std::min(end, width_); ++x) cells_[y * width_ + x].style.selected = true;
}

std::string Grid::text() const {
  std::string out;
  for (std::size_t y = 0; y < height_; ++y) {
    std::string row;
    for (std::size_t x = 0; x < width_; ++x) row += at(x, y).text();
    append_trimmed(out, std::move(row));
  }
  return out;
}

std::string Grid::styles() const {
  std::string out;
  for (std::size_t y = 0; y < height_; ++y) {
    std::string row;
    for (std::size_t x = 0; x < width_; ++x) {
      const Cell& cell = at(x, y);
      const char letter = kLetters[static_cast<std::size_t>(cell.style.role)];
      const bool is_hidden = cell.is_blank() && !cell.style.selected;
      row += is_hidden             ? ' '
             : cell.style.selected ? '#'
             : cell.style.bold     ? static_cast<char>(std::toupper(letter))
                                   : letter;
    }
    append_trimmed(out, std::move(row));
  }
  return out;
}

}  // namespace atm::cli::tui
