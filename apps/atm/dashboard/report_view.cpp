// SPDX-License-Identifier: MIT
// A page that shows the output of commands.
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "limits.hpp"
#include "views.hpp"

namespace atm::cli {

namespace {

// The limits and caches that the agents report. The times left are in minutes.
std::vector<std::string> reported_lines(const Painting& painting) {
  const SessionMap& sessions = painting.arrangement.sessions();
  std::vector<std::string> lines = limits_lines(sessions, painting.scene.now);
  for (std::string& line : prompt_cache_lines(sessions, painting.scene.now)) lines.push_back(std::move(line));
  if (lines.empty()) return lines;
  painting.changes_at(painting.scene.now + std::chrono::minutes(1));
  lines.emplace_back();
  return lines;
}

}  // namespace

void draw_report(const Painting& painting, const Area& area) {
  Look& look = painting.look;
  std::vector<std::string> lines;
  if (look.page == Page::kCost) lines = reported_lines(painting);
  // Tables fit the width; messages and findings may not.
  for (const std::string& line : look.report) append_wrapped(lines, line, area.width);
  if (look.is_reporting) lines.emplace_back("...");
  look.report_top = bounded_top(look.report_top, lines.size(), area.height);
  for (std::size_t i = 0; i < area.height && look.report_top + i < lines.size(); ++i)
    painting.grid().put(0, area.y + i, lines[look.report_top + i], {}, area.width);
  if (look.report_top + area.height < lines.size() && area.height > 0)
    painting.put_more(0, area.y + area.height - 1, area.width, "j");
}

}  // namespace atm::cli
