// SPDX-License-Identifier: MIT
// Everything about the selected session: its status with the reasons, and all known facts.
#include <algorithm>
#include <chrono>
#include <set>

#include "explain_text.hpp"
#include "session_details.hpp"
#include "views.hpp"

namespace atm::cli {

namespace {

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

// Every run of spaces as one space.
std::string without_gaps(std::string line) {
  line.erase(std::unique(line.begin(), line.end(), [](char a, char b) { return a == ' ' && b == ' '; }),
             line.end());
  return line;
}

std::vector<std::string> details_lines(const Painting& painting, std::size_t width) {
  const auto& rows = painting.rows().rows;
  const std::size_t index = painting.look.cursor.index();
  const protocol::Session* const session = index < rows.size() ? rows[index].session : nullptr;
  if (session == nullptr) return {"select a session to see its details"};
  Scene scene = painting.scene;
  scene.canvas = {width, false};
  std::vector<std::string> lines;
  std::set<std::string> explained;
  for (const std::string& line : lines_of(explain_text(*session, scene))) {
    explained.insert(without_gaps(line));
    append_wrapped(lines, line, width);
  }
  lines.emplace_back();
  for (const std::string& line : lines_of(session_details(*session, scene))) {
    if (explained.count(without_gaps(line)) == 0) append_wrapped(lines, line, width);
  }
  return lines;
}

// A name before its value is dim, and a title is bold.
void draw_line(const Painting& painting, std::size_t x, std::size_t y, const std::string& line,
               std::size_t width) {
  const std::size_t value = value_column(line);
  const bool is_title = value == 0 && !line.empty() && line.front() != ' ';
  painting.grid().put(x, y, line, is_title ? kBold : tui::Style{}, width);
  if (value > 0 && value < width) painting.grid().put(x, y, line.substr(0, value), kDim, width);
}

}  // namespace

void draw_details(const Painting& painting, const Area& area) {
  Look& look = painting.look;
  const auto lines = details_lines(painting, area.width);
  if (lines.size() > 1) painting.changes_at(painting.scene.now + std::chrono::seconds(1));
  look.details_top = bounded_top(look.details_top, lines.size(), area.height);
  for (std::size_t i = 0; i < area.height && look.details_top + i < lines.size(); ++i)
    draw_line(painting, area.x, area.y + i, lines[look.details_top + i], area.width);
  if (look.details_top + area.height < lines.size() && area.height > 0)
    painting.put_more(area.x, area.y + area.height - 1, area.width, "J");
}

}  // namespace atm::cli
