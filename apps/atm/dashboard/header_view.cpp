// SPDX-License-Identifier: MIT
// The first line of a frame: the counts, the page and the filter.
#include <algorithm>
#include <array>

#include "text.hpp"
#include "views.hpp"

namespace atm::cli {

using tui::Role;

namespace {

/// Returns the columns with the gap behind them.
std::size_t draw_time(tui::Grid& grid, Timestamp at, bool is_short) {
  const std::string text = local_time(at);  // 2026-03-01T12:59:18+01:00
  const std::size_t width =
      grid.put(0, 0, (is_short ? "" : text.substr(0, 10) + ' ') + text.substr(11, 8), {Role::kAccent, true});
  grid.select(0, 0, width);
  return width + kGap;
}

}  // namespace

tui::Role role_of_counts(const Counts& counts) {
  return counts.needs > 0 ? Role::kAttention : Role::kText;
}

std::string counts_text(const Counts& counts, bool is_short) {
  if (is_short) {
    std::string text = std::to_string(counts.needs) + "! " + std::to_string(counts.works) + "> " +
                       std::to_string(counts.done) + "✓";
    return text + " " + std::to_string(counts.sessions);
  }
  std::string text = counts.needs == 1 ? "1 needs you" : std::to_string(counts.needs) + " need you";
  text += ", " + std::to_string(counts.works) + " working, " + std::to_string(counts.done) + " done, " +
          std::to_string(counts.sessions) + (counts.sessions == 1 ? " session" : " sessions");
  return text + ", " + counts.cost.format();
}

void draw_header(const Painting& painting) {
  const Look& look = painting.look;
  const Rows& rows = painting.rows();
  tui::Grid& grid = painting.grid();
  if (!look.lost.empty() && !look.at) {
    grid.put(0, 0, terminal_safe("disconnected, trying again: " + look.lost), {Role::kBad, true});
    return;
  }
  const bool is_short = grid.width() < 60;
  std::size_t x = look.at ? draw_time(grid, *look.at, is_short) : 0;
  const Counts& counts = painting.counts();
  const bool is_loading = look.is_loading && !look.at;
  if (!is_loading || counts.sessions > 0)
    x += grid.put(x, 0, counts_text(counts, is_short), {role_of_counts(counts), true});
  constexpr std::array<std::string_view, kPages + 1> kTitles{
      "", "inbox", "board", "timeline", "cost and limits", "system", "output"};
  std::string right(kTitles[static_cast<std::size_t>(look.page)]);
  if (is_loading) right = "loading";
  if (!look.choice.filter.is_empty() && !is_report(look.page))
    right += (right.empty() ? "" : "  ") + std::to_string(rows.shown) + " match /" + look.filter_text;
  right = terminal_safe(right);
  const std::size_t length = display_width(right);
  if (x + kGap + length <= grid.width()) grid.put(grid.width() - length, 0, right, {Role::kAccent});
}

}  // namespace atm::cli
