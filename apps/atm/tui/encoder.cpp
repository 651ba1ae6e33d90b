// SPDX-License-Identifier: MIT
#include "encoder.hpp"

#include <algorithm>

#include "text.hpp"

namespace atm::cli::tui {

namespace {

// Cells that are equal in both grids are written again if a movement of the cursor would be longer.
constexpr std::size_t kShortGap = 4;
// Blanks at the end of a row that are worth an erasure.
constexpr std::size_t kShortBlank = 4;

// Whether every terminal gives this character the width that the grid assumes: ASCII, and the East Asian wide
// characters that were wide before Unicode 9.
bool is_trusted(const Cell& cell) noexcept {
  std::string_view text = cell.text();
  if (text.empty()) return true;
  const char32_t c = take_character(text);
  if (!text.empty()) return false;  // a combining mark follows
  const bool is_wide = (c >= 0x3041 && c <= 0x30FF) || (c >= 0x4E00 && c <= 0x9FCC) ||
                       (c >= 0xAC00 && c <= 0xD7A3) || (c >= 0xFF01 && c <= 0xFF60);
  return c < 0x7F || (is_wide && cell.width == 2);
}

// Only a selection is visible without a character.
bool is_plain_blank(const Cell& cell) noexcept {
  return cell.is_blank() && !cell.style.selected;
}

bool looks_equal(const Cell& a, const Cell& b) noexcept {
  return a == b || (is_plain_blank(a) && is_plain_blank(b));
}

}  // namespace

std::string Encoder::frame(const Grid* from, const Grid& to, bool is_synchronized) {
  const bool is_same_size = from != nullptr && from->width() == to.width() && from->height() == to.height();
  out_.clear();
  row_.reset();
  column_.reset();
  style_ = Style{};
  if (!is_same_size) start_style(true);
  for (std::size_t y = 0; y < to.height(); ++y) row(is_same_size ? from : nullptr, to, y);
  if (out_.empty()) return {};
  use({});
  return is_synchronized ? "\x1b[?2026h" + out_ + "\x1b[?2026l" : out_;
}

void Encoder::row(const Grid* from, const Grid& to, std::size_t y) {
  // A wide character is its two cells.
  const auto is_equal = [&](std::size_t x) {
    return from != nullptr && looks_equal(from->at(x, y), to.at(x, y)) &&
           (to.at(x, y).width != 2 || from->at(x + 1, y) == to.at(x + 1, y));
  };
  std::size_t end = to.width();
  while (end > 0 && is_plain_blank(to.at(end - 1, y))) --end;
  for (std::size_t x = 0; x < end; ++x) {
    if (to.at(x, y).width == 0 || is_equal(x)) continue;
    const bool is_near = row_ == y && column_ && *column_ < x && x - *column_ <= kShortGap;
    const auto is_short = [this](const Cell& cell) {
      return is_trusted(cell) && (cell.style == style_ || (is_plain_blank(cell) && !style_.selected));
    };
    if (is_near && std::all_of(&to.at(*column_, y), &to.at(x, y), is_short)) {
      for (std::size_t i = *column_; i < x; ++i) put(to.at(i, y));
    }
    if (!is_at(x, y)) go_to(x, y);
    put(to.at(x, y));
  }
  std::size_t first = end;
  while (first < to.width() && is_equal(first)) ++first;
  if (first == to.width()) return;
  if (!is_at(first, y)) go_to(first, y);
  if (style_.selected) use({});
  std::size_t last = to.width();
  while (last > first && is_equal(last - 1)) --last;
  if (last - first > kShortBlank || from == nullptr) {
    out_ += "\x1b[K";
  } else {
    for (std::size_t x = first; x < last; ++x) put(to.at(x, y));
  }
}

void Encoder::go_to(std::size_t x, std::size_t y) {
  const std::string column = std::to_string(x + 1);
  out_ += row_ == y ? "\x1b[" + column + "G" : "\x1b[" + std::to_string(y + 1) + ";" + column + "H";
  row_ = y;
  column_ = x;
}

void Encoder::put(const Cell& cell) {
  if (cell.width == 0) return;
  if (!is_plain_blank(cell) || style_.selected) use(cell.style);
  out_ += cell.text();
  *column_ += cell.width;
  // The terminal may give another character another width.
  if (!is_trusted(cell)) column_.reset();
}

void Encoder::use(const Style& style) {
  if (style_ == style) return;
  // Every other style only adds to the first one.
  const bool is_reset = style_ != Style{};
  style_ = style;
  start_style(is_reset);
}

void Encoder::start_style(bool is_reset) {
  std::string parameters = is_reset ? theme_.background : "";
  const auto add = [&parameters](std::string_view more) {
    if (!more.empty()) parameters.append(parameters.empty() ? "" : ";").append(more);
  };
  if (is_reset || style_.role != Role::kText) add(theme_.roles[static_cast<std::size_t>(style_.role)]);
  if (style_.bold) add("1");
  if (style_.selected) add("7");
  if (parameters.empty() && !is_reset) return;
  // Without parameters the sequence resets the style.
  out_.append(is_reset && !parameters.empty() ? "\x1b[0;" : "\x1b[").append(parameters).append("m");
}

}  // namespace atm::cli::tui
