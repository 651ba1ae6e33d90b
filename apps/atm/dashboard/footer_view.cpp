// SPDX-License-Identifier: MIT
// The last line of a frame: what the user types, a message, or the most frequent keys.
#include <algorithm>

#include "bindings.hpp"
#include "text.hpp"
#include "views.hpp"

namespace atm::cli {

namespace {

using tui::Role;

void draw_keys(const Painting& painting, std::size_t y) {
  tui::Grid& grid = painting.grid();
  const auto width_of = [](const Binding& binding) {
    return binding.keys.substr(0, binding.keys.find(' ')).size() + 1 + binding.word.size();
  };
  // The last two are always shown, if there is room for them.
  const Binding* const last = &kBindings.back();
  const std::size_t reserved = width_of(*last) + width_of(last[-1]) + 2 * kGap;
  const std::size_t room = grid.width() - std::min(grid.width(), reserved);
  std::size_t x = 0;
  for (const Binding& binding : kBindings) {
    if (binding.word.empty() || (is_report(painting.look.page) && !applies_to_reports(binding.action)))
      continue;
    if (x + width_of(binding) > (&binding >= last - 1 ? grid.width() : room)) continue;
    x += grid.put(x, y, binding.keys.substr(0, binding.keys.find(' ')), {Role::kAccent}) + 1;
    x += grid.put(x, y, binding.word, kDim) + kGap;
  }
}

}  // namespace

void draw_footer(const Painting& painting, std::size_t y) {
  const Look& look = painting.look;
  tui::Grid& grid = painting.grid();
  if (look.is_typing) {
    const std::size_t x = grid.put(0, y, terminal_safe("/" + look.filter_text));
    grid.select(y, x, x + 1);
    if (!look.notice.empty() && x + 2 < grid.width())
      grid.put(x + 2, y, terminal_safe(look.notice), {Role::kBad});
  } else if (look.is_sorting) {
    grid.put(0, y, "sort by: s status  a age  c cost  x context  n name", {Role::kAccent});
  } else if (!look.notice.empty()) {
    grid.put(0, y, terminal_safe(look.notice), {Role::kAccent});
  } else {
    draw_keys(painting, y);
  }
}

}  // namespace atm::cli
