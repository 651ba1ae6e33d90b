// SPDX-License-Identifier: MIT
// A page that shows the output of commands.
#include "limits.hpp"
#include "views.hpp"

namespace atm::cli {

void draw_report(const Painting& painting, const Area& area) {
  Look& look = painting.look;
  std::vector<std::string> lines;
  if (look.page == Page::kCost) lines = limits_lines(painting.arrangement.sessions(), painting.scene.now);
  if (!lines.empty()) lines.emplace_back();
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
