// SPDX-License-Identifier: MIT
// What a page without rows shows: the reason, and what to do.
#include "text.hpp"
#include "views.hpp"

namespace atm::cli {

namespace {

std::vector<std::string> lines_for(const Painting& painting) {
  const Look& look = painting.look;
  if (!look.choice.filter.is_empty()) return {"no session matches the filter", "Esc clears it"};
  if (look.page == Page::kInbox) return {"nothing needs you"};
  if (look.at) return {"no session existed at this time", ":at now returns to the present"};
  if (!look.lost.empty())
    return {"no daemon answers; to start one:",
            "",
            "  atm setup --autostart    starts it whenever it is needed",
            "  atmd                     runs it in another terminal",
            "",
            "this screen connects as soon as one answers"};
  if (look.is_loading) return {"loading the sessions"};
  if (!look.connected.empty()) {
    std::string names;
    for (const std::string& name : look.connected) names += (names.empty() ? "" : ", ") + name;
    return {"no sessions yet; connected: " + terminal_safe(names),
            "",
            "start an agent, or give a prompt to a session that runs",
            "",
            "  atm setup     connects other agents",
            "  atm doctor    finds out why sessions are missing"};
  }
  return {"no sessions yet; to let Claude Code report:",
          "",
          "  atm setup claude    adds hooks and a status line; --remove undoes it",
          "  atm doctor          finds out why sessions are missing",
          "",
          "then start claude, or give a prompt to a session that runs"};
}

}  // namespace

void draw_nothing(const Painting& painting, std::size_t y, std::size_t width) {
  std::vector<std::string> lines = lines_for(painting);
  const std::size_t acked = painting.rows().acked;
  if (painting.look.page == Page::kInbox && acked > 0)
    lines = {"nothing needs you; " + std::to_string(acked) + " acknowledged"};
  for (std::size_t i = 0; i < lines.size() && y + i + 1 < painting.grid().height(); ++i)
    painting.grid().put(2, y + i, lines[i], {}, width - 2);
}

}  // namespace atm::cli
