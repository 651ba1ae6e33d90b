// SPDX-License-Identifier: MIT
#include "views.hpp"

#include <algorithm>
#include <atm/domain/relative_time.hpp>
#include <chrono>
#include <utility>

#include "text.hpp"

namespace atm::cli {

namespace {

using std::chrono::seconds;

// The time at which format_age() shows another text.
Timestamp next_age(Timestamp then, Timestamp now) {
  const auto age = std::chrono::duration_cast<seconds>(elapsed(then, now));
  if (age < seconds(0)) return then;
  const seconds unit(age < seconds(60)       ? 1
                     : age < seconds(3600)   ? 60
                     : age < seconds(86'400) ? 3600
                                             : 86'400);
  return then + (age / unit + 1) * unit;
}

}  // namespace

std::string Painting::age(Timestamp then) const {
  changes_at(next_age(then, scene.now));
  return format_age(then, scene.now);
}

void Painting::changes_at(Timestamp when) const {
  if (!frame.next_change || when < *frame.next_change) frame.next_change = when;
}

void Painting::put_right(std::size_t x, std::size_t y, const std::string& text, std::size_t columns,
                         tui::Style style) const {
  const std::size_t length = std::min(display_width(text), columns);
  grid().put(x + columns - length, y, text, style, columns);
}

void Painting::put_more(std::size_t x, std::size_t y, std::size_t columns, std::string_view key) const {
  put_right(x, y, " " + std::string(key) + ": more", columns, {tui::Role::kAccent});
}

std::size_t bounded_top(std::size_t top, std::size_t lines, std::size_t height) {
  return std::min(top, lines > height ? lines - height : 0);
}

std::size_t value_column(std::string_view line) {
  const std::size_t gap = line.find("  ");
  if (gap == 0 || gap == line.npos) return 0;
  const std::size_t value = line.find_first_not_of(' ', gap);
  return value == line.npos ? 0 : value;
}

void append_wrapped(std::vector<std::string>& lines, std::string line, std::size_t width) {
  const std::size_t value = value_column(line);
  const std::size_t begin = std::min(line.find_first_not_of(' '), line.size());
  const std::size_t indent = value > 0 && value < width / 2 ? value : begin + 2;
  while (display_width(line) > width) {
    std::size_t end = line.size();
    do {
      end = line.rfind(' ', end - 1);
    } while (end != line.npos && end > indent && display_width(line.substr(0, end)) > width);
    if (end == line.npos || end <= indent) break;  // one long word, which the grid cuts
    lines.push_back(line.substr(0, end));
    line = std::string(indent, ' ') + line.substr(end + 1);
  }
  lines.push_back(std::move(line));
}

}  // namespace atm::cli
