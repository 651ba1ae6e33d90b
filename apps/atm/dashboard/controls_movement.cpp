// SPDX-License-Identifier: MIT
// The cursor and the scrolled texts.
#include <algorithm>
#include <limits>

#include "controls.hpp"
#include "session_table.hpp"

namespace atm::cli {

namespace {

// A position that cannot be negative.
std::size_t moved(std::size_t from, long by) {
  return static_cast<std::size_t>(std::max(0L, static_cast<long>(from) + by));
}

}  // namespace

void Controls::scroll(long by) {
  if (look_.is_help) {
    look_.help_top = moved(look_.help_top, by);
  } else if (is_report(look_.page)) {
    look_.report_top = moved(look_.report_top, by);
  } else {
    look_.cursor.move(frame_.rows->rows, by);
    look_.details_top = 0;
  }
}

bool Controls::move(Action action) {
  const std::size_t height = frame_.visible > 0 ? frame_.visible + 1 : frame_.grid.height();
  const auto page = static_cast<long>(std::max<std::size_t>(height, 4) - 1);
  constexpr long kAll = std::numeric_limits<int>::max();
  switch (action) {
    case Action::kDown:
      scroll(1);
      return true;
    case Action::kUp:
      scroll(-1);
      return true;
    case Action::kHalfDown:
      scroll(page / 2);
      return true;
    case Action::kHalfUp:
      scroll(-page / 2);
      return true;
    case Action::kPageDown:
      scroll(page - 1);
      return true;
    case Action::kPageUp:
      scroll(1 - page);
      return true;
    case Action::kTop:
      scroll(-kAll);
      return true;
    case Action::kBottom:
      scroll(kAll);
      return true;
    case Action::kNextNeed:
      find_need(1);
      return true;
    case Action::kPreviousNeed:
      find_need(-1);
      return true;
    default:
      return false;
  }
}

// To the same place in the next column that has cards.
void Controls::change_column(long by) {
  const Rows& rows = *frame_.rows;
  std::size_t column = 0;
  while (column + 1 < kBoardColumns && look_.cursor.index() >= rows.columns[column + 1]) ++column;
  const std::size_t place = look_.cursor.index() - rows.columns[column];
  for (long next = static_cast<long>(column) + by; next >= 0 && next < static_cast<long>(kBoardColumns);
       next += by) {
    const std::size_t begin = rows.columns[static_cast<std::size_t>(next)];
    const std::size_t count = rows.columns[static_cast<std::size_t>(next) + 1] - begin;
    if (count == 0) continue;
    look_.cursor.select(rows.rows, begin + std::min(place, count - 1));
    return;
  }
}

void Controls::find_need(long step) {
  const auto& rows = frame_.rows->rows;
  const auto count = static_cast<long>(rows.size());
  for (long i = 1; i <= count; ++i) {
    const long at = ((static_cast<long>(look_.cursor.index()) + step * i) % count + count) % count;
    const Row& row = rows[static_cast<std::size_t>(at)];
    if (row.kind != Row::Kind::kSession || !needs_user(row.session->domain)) continue;
    look_.cursor.select(rows, static_cast<std::size_t>(at));
    look_.details_top = 0;
    return;
  }
  look_.notice = "no session needs you";
}

}  // namespace atm::cli
