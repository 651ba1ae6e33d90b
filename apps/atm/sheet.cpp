// SPDX-License-Identifier: MIT
#include "sheet.hpp"

#include <algorithm>
#include <atm/domain/relative_time.hpp>
#include <atm/domain/token_count.hpp>

#include "text.hpp"

namespace atm::cli {

void Sheet::add(std::string_view name, std::string_view value, Style style) {
  if (!value.empty()) lines_.push_back({terminal_safe(name), terminal_safe(value), style});
}

void Sheet::add_time(std::string_view name, Timestamp time) {
  add(name, local_time(time) + " (" + format_relative(time, scene_.now) + ")");
}

void Sheet::add_count(std::string_view name, const std::optional<std::uint64_t>& count) {
  if (count) add(name, TokenCount(*count).str() + " (" + std::to_string(*count) + ")");
}

std::string Sheet::text() const {
  std::size_t width = 0;
  for (const Line& line : lines_) width = std::max(width, display_width(line.name));
  std::string out;
  for (const Line& line : lines_) {
    out += styled(pad_right(line.name, width), Style::kDim, scene_.canvas.colour) + "  ";
    out += styled(line.value, line.style, scene_.canvas.colour) + "\n";
  }
  return out;
}

}  // namespace atm::cli
