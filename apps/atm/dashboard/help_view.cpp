// SPDX-License-Identifier: MIT
// The keys and the marks.
#include <string>
#include <utility>
#include <vector>

#include "bindings.hpp"
#include "views.hpp"

namespace atm::cli {

void draw_help(const Painting& painting, const Area& area) {
  Look& look = painting.look;
  tui::Grid& grid = painting.grid();
  std::vector<std::pair<std::string, std::string>> lines{{"", "Keys"}, {"", ""}};
  for (const Binding& binding : look.settings.bindings.all()) lines.emplace_back(binding.keys, binding.text);
  lines.insert(lines.end(), {{"", ""},
                             {"", "Marks"},
                             {"", ""},
                             {"!", "needs you"},
                             {"✓", "a turn finished, and you have not acknowledged it"},
                             {"^", "kept on top (p)"},
                             {"word?", "the status is uncertain; the details state why"},
                             {"% ! !!", "context window from 80 % and from 90 %"},
                             {"background", "the turn is over, and tasks that it started still run"}});
  look.help_top = bounded_top(look.help_top, lines.size(), area.height);
  constexpr std::size_t kKeys = 12;
  for (std::size_t i = 0; i < area.height && look.help_top + i < lines.size(); ++i) {
    const auto& [keys, text] = lines[look.help_top + i];
    grid.put(2, area.y + i, keys, {tui::Role::kAccent}, kKeys);
    if (grid.width() > kKeys + 2)
      grid.put(keys.empty() ? 2 : kKeys + 2, area.y + i, text, keys.empty() ? kBold : tui::Style{});
  }
  if (look.help_top + area.height < lines.size())
    painting.put_more(0, area.y + area.height - 1, grid.width(), "j");
}

}  // namespace atm::cli
