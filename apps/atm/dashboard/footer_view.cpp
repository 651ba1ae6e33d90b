// SPDX-License-Identifier: MIT
// The last line of a frame: what the user types, a message, or the most frequent keys.
#include <algorithm>
#include <string>
#include <vector>

#include "bindings.hpp"
#include "text.hpp"
#include "views.hpp"

namespace atm::cli {

namespace {

using tui::Role;

void draw_keys(const Painting& painting, std::size_t y) {
  tui::Grid& grid = painting.grid();
  const Look& look = painting.look;
  const std::vector<Binding>& bindings = look.settings.bindings.all();
  const auto is_hidden = [&look](const Binding& binding) {
    const Action action = binding.action;
    if (!binding.applies(look.at.has_value()) || (is_report(look.page) && !applies_to_reports(action)))
      return true;
    return look.at ? needs_present(action) : action == Action::kEarlier || action == Action::kLater;
  };
  const auto width_of = [](const Binding& binding) {
    return binding.first_key().size() + 1 + binding.word.size();
  };
  // The last two are always shown, if there is room for them.
  const Binding* const last = &bindings.back();
  const std::size_t reserved = width_of(*last) + width_of(last[-1]) + 2 * kGap;
  const std::size_t room = grid.width() - std::min(grid.width(), reserved);
  std::size_t x = 0;
  for (const Binding& binding : bindings) {
    if (binding.word.empty() || binding.keys.empty() || is_hidden(binding)) continue;
    if (x + width_of(binding) > (&binding >= last - 1 ? grid.width() : room)) continue;
    x += grid.put(x, y, binding.first_key(), {Role::kAccent}) + 1;
    x += grid.put(x, y, binding.word, kDim) + kGap;
  }
}

// A long message covers lines above the last one, because it ends with the remedy.
void draw_notice(const Painting& painting, std::size_t y) {
  tui::Grid& grid = painting.grid();
  std::vector<std::string> lines;
  append_wrapped(lines, terminal_safe(painting.look.notice), grid.width());
  const std::size_t shown = std::min(lines.size(), y);
  for (std::size_t i = 0; i < shown; ++i) {
    const std::size_t row = y + 1 - shown + i;
    grid.put(0, row, std::string(grid.width(), ' '));
    grid.put(0, row, lines[i], {Role::kAccent});
  }
}

}  // namespace

void draw_footer(const Painting& painting, std::size_t y) {
  const Look& look = painting.look;
  tui::Grid& grid = painting.grid();
  std::size_t count = 0;
  if (look.mode == Mode::kFilter || look.mode == Mode::kCommand) {
    const std::string text = look.mode == Mode::kFilter ? "/" + look.filter_text : ":" + look.command;
    std::string candidates;
    for (const std::string& candidate : look.candidates) candidates += candidate + "  ";
    const std::size_t x = grid.put(0, y, terminal_safe(text));
    grid.select(y, x, x + 1);
    if (x + 2 < grid.width()) grid.put(x + 2, y, terminal_safe(candidates), kDim);
  } else if (look.mode == Mode::kSavedFilter) {
    std::string text;
    for (const auto& [name, filter] : look.choice.saved) text += std::to_string(++count) + " " + name + "  ";
    grid.put(0, y, text.empty() ? "no saved filter; :save NAME keeps the current one" : terminal_safe(text),
             {Role::kAccent});
  } else if (look.mode == Mode::kSort) {
    grid.put(0, y, "sort by: s status  a age  c cost  x context  n name", {Role::kAccent});
  } else if (!look.notice.empty()) {
    draw_notice(painting, y);
  } else {
    draw_keys(painting, y);
  }
}

}  // namespace atm::cli
