// SPDX-License-Identifier: MIT
// The layout: which parts a frame has, and where.
#include "draw.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "text.hpp"
#include "views.hpp"

namespace atm::cli {

namespace {

constexpr std::size_t kWide = 160;  // details on the right
constexpr std::size_t kTall = 22;   // details below the list

void arrange(const Painting& painting, std::size_t height) {
  Look& look = painting.look;
  painting.frame.rows = painting.arrangement.rows(look.page, look.choice, painting.scene.now, height);
  look.cursor.follow(painting.rows().rows, height);
}

void draw_all(const Painting& painting) {
  const Look& look = painting.look;
  tui::Grid& grid = painting.grid();
  const std::size_t width = grid.width();
  const std::size_t height = grid.height();
  constexpr std::size_t kLeastWidth = 20;
  constexpr std::size_t kLeastHeight = 4;
  if (width < kLeastWidth || height < kLeastHeight) {
    arrange(painting, 0);
    const Counts& counts = painting.counts();
    grid.put(0, 0, counts_text(counts, true), {role_of_counts(counts)});
    return;
  }
  const bool has_titles = width >= kTable && height >= 10;
  const std::size_t body = has_titles ? 2 : 1;
  const std::size_t room = height - body - 1;
  const bool has_rows = !look.is_help && !is_report(look.page);
  const bool is_right = look.has_details && width >= kWide && has_rows;
  const bool is_below = look.has_details && !is_right && height >= kTall && width >= kTable && has_rows;
  const std::size_t list = is_below ? std::max<std::size_t>(room / 3, 5) : room;
  const bool is_alone = !has_rows || (look.has_details && !is_right && !is_below);
  painting.frame.visible = is_alone ? 0 : list;
  arrange(painting, list);
  draw_header(painting);
  const std::size_t list_width = is_right ? width - width * 45 / 100 - 2 : width;
  if (look.is_help) {
    draw_help(painting, {0, 1, width, height - 2});
  } else if (is_report(look.page)) {
    draw_report(painting, {0, 1, width, height - 2});
  } else if (!is_alone) {
    const bool is_board = look.page == Page::kBoard;
    if (has_titles && !is_board) draw_titles(painting, list_width);
    if (painting.rows().rows.empty()) {
      draw_nothing(painting, body + 1, list_width);
    } else if (is_board) {
      draw_board(painting, {0, body, list_width, list});
    } else {
      draw_list(painting, {0, body, list_width, list});
    }
  }
  if (is_right) {
    for (std::size_t y = 1; y + 1 < height; ++y) grid.put(list_width, y, "|", {tui::Role::kBorder});
    draw_details(painting, {list_width + 2, 1, width - list_width - 2, height - 2});
  } else if (is_below) {
    grid.put(0, body + list, std::string(width, '-'), {tui::Role::kBorder});
    draw_details(painting, {0, body + list + 1, width, room - list - 1});
  } else if (is_alone && has_rows) {
    draw_details(painting, {0, 1, width, height - 2});
  }
  draw_footer(painting, height - 1);
}

char ascii_of(char32_t character) {
  static constexpr std::array<std::pair<char32_t, char>, 15> kLetters{{{U'⚑', '!'},
                                                                       {U'✗', 'x'},
                                                                       {U'◉', '*'},
                                                                       {U'▸', '>'},
                                                                       {U'▾', 'v'},
                                                                       {U'◍', '='},
                                                                       {U'◔', '&'},
                                                                       {U'✓', '+'},
                                                                       {U'◦', '_'},
                                                                       {U'◌', 'o'},
                                                                       {U'∙', '.'},
                                                                       {U'↳', '>'},
                                                                       {U'…', '~'},
                                                                       {U'█', '#'},
                                                                       {U'·', '.'}}};
  for (const auto& [wide, letter] : kLetters) {
    if (wide == character) return letter;
  }
  return '?';
}

}  // namespace

Frame draw(Arrangement& arrangement, Look& look, const Scene& scene, tui::Grid empty) {
  if (look.names.is_empty()) {
    for (const auto& [id, session] : arrangement.sessions()) look.names.add(id);
  }
  Frame frame{std::move(empty)};
  draw_all({frame, look, arrangement, scene});
  return frame;
}

void to_ascii(tui::Grid& grid) {
  for (std::size_t y = 0; y < grid.height(); ++y) {
    for (std::size_t x = 0; x < grid.width(); ++x) {
      const tui::Cell cell = grid.at(x, y);
      std::string_view text = cell.text();
      if (text.empty() || (text.size() == 1 && static_cast<unsigned char>(text[0]) < 0x7F)) continue;
      const char letter = ascii_of(take_character(text));
      for (std::size_t i = 0; i < cell.width; ++i) grid.put(x + i, y, {&letter, 1}, cell.style, 1);
    }
  }
}

}  // namespace atm::cli
