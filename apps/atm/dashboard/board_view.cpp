// SPDX-License-Identifier: MIT
// The board: a column for each kind of status, with a card for each session. A narrow screen shows the columns around
// the selected session.
#include <algorithm>
#include <array>

#include "session_facts.hpp"
#include "views.hpp"

namespace atm::cli {

namespace {

using tui::Role;

struct BoardTitle {
  std::string_view text;
  Role role;
};
constexpr std::array<BoardTitle, kBoardColumns> kBoardTitles{{{"needs you", Role::kAttention},
                                                              {"working", Role::kBusy},
                                                              {"background", Role::kBusy},
                                                              {"done", Role::kGood},
                                                              {"quiet", Role::kDim}}};
constexpr std::size_t kLeastColumn = 24;

std::size_t column_of_row(const Rows& rows, std::size_t index) {
  std::size_t column = 0;
  while (column + 1 < kBoardColumns && index >= rows.columns[column + 1]) ++column;
  return column;
}

void draw_card(const Painting& painting, const Row& row, const Area& area) {
  const SessionDomain& session = row.session->domain;
  const StatusWord word = status_word(session);
  tui::Grid& grid = painting.grid();
  constexpr std::size_t kGlyph = 2;
  constexpr std::size_t kAge = 5;
  grid.put(area.x, area.y, word.glyph, {word.role, needs_user(session)}, 1);
  if (area.width <= kGlyph + kAge) return;
  grid.put(area.x + kGlyph, area.y, session_name(*row.session), {}, area.width - kGlyph - kAge);
  painting.put_right(area.x, area.y, painting.age(since(session)), area.width, kDim);
  if (area.height < 2) return;
  const std::string what = what_text(session);
  grid.put(area.x + kGlyph, area.y + 1, what.empty() ? word.word : what, kDim, area.width - kGlyph);
}

}  // namespace

void draw_board(const Painting& painting, const Area& area) {
  Look& look = painting.look;
  const Rows& rows = painting.rows();
  const std::size_t selected = look.cursor.index();
  const std::size_t current = column_of_row(rows, selected);
  const std::size_t shown =
      std::clamp<std::size_t>((area.width + kGap) / (kLeastColumn + kGap), 1, kBoardColumns);
  const std::size_t first = std::min(current - std::min(current, shown / 2), kBoardColumns - shown);
  const std::size_t width = (area.width - (shown - 1) * kGap) / shown;
  const std::size_t card = area.height > 8 ? 2 : 1;
  const std::size_t fit = std::max<std::size_t>(area.height > 1 ? (area.height - 1) / card : 0, 1);
  painting.frame.visible = fit;
  for (std::size_t i = 0; i < shown; ++i) {
    const std::size_t column = first + i;
    const std::size_t begin = rows.columns[column];
    const std::size_t count = rows.columns[column + 1] - begin;
    const std::size_t x = area.x + i * (width + kGap);
    std::size_t& top = look.board_tops[column];
    top = bounded_top(top, count, fit);
    if (column == current && count > 0) {
      const std::size_t place = selected - begin;
      top = std::clamp(top, place + 1 - std::min(place + 1, fit), place);
    }
    painting.grid().put(x, area.y, std::string(kBoardTitles[column].text) + " " + std::to_string(count),
                        {kBoardTitles[column].role, true}, width);
    for (std::size_t j = 0; j < fit && top + j < count; ++j) {
      const Area place{x, area.y + 1 + j * card, width, card};
      if (place.y + card > area.y + area.height) break;
      const std::size_t index = begin + top + j;
      draw_card(painting, rows.rows[index], place);
      painting.frame.hits.push_back({place, index});
      for (std::size_t line = 0; index == selected && line < card; ++line)
        painting.grid().select(place.y + line, x, x + width);
    }
  }
}

}  // namespace atm::cli
