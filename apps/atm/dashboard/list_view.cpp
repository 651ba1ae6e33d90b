// SPDX-License-Identifier: MIT
// The rows of the list and of the inbox: a table, or the side pane.
#include <algorithm>

#include "session_facts.hpp"
#include "text.hpp"
#include "views.hpp"

namespace atm::cli {

namespace {

using tui::Role;
using tui::Style;

constexpr std::size_t kMark = 4;  // mark, glyph and spaces
constexpr std::size_t kWord = 11;
constexpr std::size_t kWhat = 16;
constexpr std::size_t kSince = 4;
constexpr std::size_t kLeastName = 12;

struct Columns {
  std::size_t name = 0;
  std::size_t context = 0;
  std::size_t cost = 0;
  std::size_t branch = 0;
  std::size_t agent = 0;
  std::size_t pane = 0;
  std::size_t subagents = 0;
  std::size_t id = 0;
};

std::size_t longest_id(const Painting& painting) {
  std::size_t longest = 8;
  const auto& rows = painting.rows().rows;
  const std::size_t top = painting.look.cursor.top();
  const std::size_t end = std::min(rows.size(), top + painting.frame.visible);
  for (std::size_t i = top; i < end; ++i) {
    if (rows[i].session == nullptr) continue;
    longest = std::max(longest, display_width(terminal_safe(painting.look.names.of(rows[i].key))));
  }
  return longest;
}

// Columns go in one order if the width is too small: subagents, cost, branch, agent, context, pane.
Columns columns_for(const Painting& painting, std::size_t width) {
  constexpr std::size_t kBranch = 14;
  Columns columns{.context = 7,
                  .cost = 7,
                  .branch = painting.rows().has_branches ? kBranch : 0,
                  .agent = 11,
                  .pane = 5,
                  .subagents = 3,
                  .id = std::min<std::size_t>(longest_id(painting), 16)};
  const auto fixed = [&columns] {
    std::size_t total = kMark + columns.id + kGap + kWord + kGap + kWhat + kGap + kSince;
    for (const std::size_t column :
         {columns.context, columns.cost, columns.branch, columns.agent, columns.pane, columns.subagents})
      total += column > 0 ? column + kGap : 0;
    return total + kGap;
  };
  for (std::size_t* const column : {&columns.subagents, &columns.cost, &columns.branch, &columns.agent,
                                    &columns.context, &columns.pane}) {
    if (fixed() + kLeastName <= width) break;
    *column = 0;
  }
  constexpr std::size_t kLongestName = 48;
  columns.name = std::min(width > fixed() ? width - fixed() : 0, kLongestName);
  return columns;
}

std::string_view mark_of(const Row& row, const Choice& choice) {
  const SessionDomain& session = row.session->domain;
  if (needs_user(session)) return "!";
  if (choice.pins.count(session.id.str()) != 0) return "^";
  return session.finished && session.status.kind() == StatusKind::kIdle ? "✓" : "";
}

Style context_style(const ContextUsage& context) {
  if (context.is_critical()) return {Role::kBad};
  return context.is_warning() ? Style{Role::kAttention} : Style{};
}

std::string cost_text(const SessionDomain& session) {
  return session.cost_source.empty() ? "-" : session.cost.format();
}

void draw_project(const Painting& painting, const Row& row, std::size_t y, std::size_t width) {
  const auto& [key, directory, of] = *row.project;
  const std::string path =
      directory.empty() ? "unknown directory" : terminal_safe(with_tilde(directory, painting.scene.home));
  std::string counts = std::to_string(of.sessions) + (of.sessions == 1 ? " session" : " sessions");
  if (of.needs > 0) counts += ", " + std::to_string(of.needs) + (of.needs == 1 ? " needs you" : " need you");
  if (of.works > 0) counts += ", " + std::to_string(of.works) + " working";
  const bool has_counts = width >= kNarrow;
  const std::size_t room = has_counts ? width - std::min(width, display_width(counts) + 2 + kGap) : width - 2;
  tui::Grid& grid = painting.grid();
  grid.put(0, y, row.is_open ? "▾" : "▸", kDim);
  const std::size_t x = 2 + grid.put(2, y, cut_path(path, room), kBold, room);
  if (has_counts) grid.put(x + kGap, y, counts, of.needs > 0 ? Style{Role::kAttention} : kDim);
}

void draw_mark(const Painting& painting, const Row& row, std::size_t y, const StatusWord& word) {
  painting.grid().put(0, y, mark_of(row, painting.look.choice), {word.role, true}, 1);
  painting.grid().put(2, y, word.glyph, {word.role, needs_user(row.session->domain)}, 1);
}

// The name with its place in the tree.
void draw_name(const Painting& painting, const Row& row, std::size_t x, std::size_t y, std::size_t columns) {
  const std::size_t indent = std::min<std::size_t>(2UL * row.depth, columns / 2);
  tui::Grid& grid = painting.grid();
  if (row.has_children) grid.put(x + indent, y, row.is_open ? "▾" : "▸", kDim, columns - indent);
  const std::size_t begin = indent + (row.has_children ? 2 : 0);
  if (begin >= columns) return;
  const SessionDomain& session = row.session->domain;
  grid.put(x + begin, y, session_name(*row.session), {is_quiet(session) ? Role::kDim : Role::kText},
           columns - begin);
}

void draw_table_row(const Painting& painting, const Row& row, std::size_t y, const Columns& columns) {
  const SessionDomain& session = row.session->domain;
  const StatusWord word = status_word(session);
  tui::Grid& grid = painting.grid();
  draw_mark(painting, row, y, word);
  std::size_t x = kMark;
  grid.put(x, y, terminal_safe(painting.look.names.of(session.id.view())), kDim, columns.id);
  x += columns.id + kGap;
  draw_name(painting, row, x, y, columns.name);
  x += columns.name + kGap;
  grid.put(x, y, word.word, {word.role, needs_user(session)}, kWord);
  x += kWord + kGap;
  grid.put(x, y, what_text(session), {word.role}, kWhat);
  x += kWhat + kGap;
  painting.put_right(x, y, painting.age(since(session)), kSince);
  x += kSince + kGap;
  if (columns.context > 0) {
    grid.put(x, y, short_context_text(session), context_style(session.context), columns.context);
    x += columns.context + kGap;
  }
  if (columns.cost > 0) {
    painting.put_right(x, y, cost_text(session), columns.cost);
    x += columns.cost + kGap;
  }
  if (columns.branch > 0) {
    const std::string branch = session_branch(session);
    grid.put(x, y, branch.empty() ? "-" : branch, kDim, columns.branch);
    x += columns.branch + kGap;
  }
  if (columns.agent > 0) {
    grid.put(x, y, session.agent.empty() ? "-" : terminal_safe(session.agent), kDim, columns.agent);
    x += columns.agent + kGap;
  }
  if (columns.pane > 0) {
    grid.put(x, y, terminal_safe(row.session->runtime.tmux_pane.value_or("-")), kDim, columns.pane);
    x += columns.pane + kGap;
  }
  if (columns.subagents > 0 && !session.subagents.empty())
    painting.put_right(x, y, "↳" + std::to_string(session.subagents.size()), columns.subagents,
                       {Role::kBusy});
}

void draw_short_row(const Painting& painting, const Row& row, std::size_t y, std::size_t width) {
  const SessionDomain& session = row.session->domain;
  const StatusWord word = status_word(session);
  draw_mark(painting, row, y, word);
  const std::size_t room = width > kMark + kSince + 1 ? width - kMark - kSince - 1 : 0;
  const std::size_t wanted = width >= kNarrow ? room / 2 : room;
  draw_name(painting, row, kMark, y, wanted);
  if (width >= kNarrow && room > wanted + 1) {
    const std::string what = what_text(session);
    painting.grid().put(kMark + wanted + 1, y, what.empty() ? word.word : what,
                        {word.role, needs_user(session)}, room - wanted - 1);
  }
  painting.put_right(width - kSince, y, painting.age(since(session)), kSince);
}

void draw_subagent(const Painting& painting, const Row& row, std::size_t y, std::size_t width) {
  const std::size_t x = kMark + 2UL * row.depth;
  if (x + kSince + 2 >= width) return;
  const Subagent& subagent = row.session->domain.subagents[row.subagent];
  const std::string type = subagent.type.empty() ? subagent.id : subagent.type;
  tui::Grid& grid = painting.grid();
  const std::size_t end = x + grid.put(x, y, "↳ " + terminal_safe(type), kDim, width - x - kSince - 2);
  grid.put(end + kGap, y, painting.age(subagent.started_at), kDim, kSince);
}

}  // namespace

void draw_titles(const Painting& painting, std::size_t width) {
  const Columns columns = columns_for(painting, width);
  std::size_t x = kMark;
  const auto title = [&](std::string_view text, std::size_t columns_wide, bool is_right) {
    if (columns_wide == 0) return;
    painting.grid().put(is_right ? x + columns_wide - std::min(columns_wide, text.size()) : x, 1, text, kDim,
                        columns_wide);
    x += columns_wide + kGap;
  };
  title("ID", columns.id, false);
  title("NAME", columns.name, false);
  title("STATUS", kWord, false);
  title("WHAT", kWhat, false);
  title("TIME", kSince, true);
  title("CONTEXT", columns.context, false);
  title("COST", columns.cost, true);
  title("BRANCH", columns.branch, false);
  title("AGENT", columns.agent, false);
  title("PANE", columns.pane, false);
  title("SUB", columns.subagents, true);
}

void draw_list(const Painting& painting, const Area& area) {
  const auto& rows = painting.rows().rows;
  const Cursor& cursor = painting.look.cursor;
  const Columns columns = columns_for(painting, area.width);
  for (std::size_t i = 0; i < area.height && cursor.top() + i < rows.size(); ++i) {
    const std::size_t index = cursor.top() + i;
    const std::size_t y = area.y + i;
    const Row& row = rows[index];
    switch (row.kind) {
      case Row::Kind::kProject:
        draw_project(painting, row, y, area.width);
        break;
      case Row::Kind::kSession:
        if (area.width >= kTable) {
          draw_table_row(painting, row, y, columns);
        } else {
          draw_short_row(painting, row, y, area.width);
        }
        break;
      case Row::Kind::kSubagent:
        draw_subagent(painting, row, y, area.width);
        break;
      case Row::Kind::kQuiet:
        painting.grid().put(kMark, y,
                            painting.rows().quiet_text + (area.width >= kNarrow ? "  (b shows them)" : ""),
                            kDim, area.width - kMark);
        break;
    }
    painting.frame.hits.push_back({{area.x, y, area.width, 1}, index});
    if (index == cursor.index()) painting.grid().select(y, 0, area.width);
  }
}

}  // namespace atm::cli
