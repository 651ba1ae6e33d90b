// SPDX-License-Identifier: MIT
#include "terminal.hpp"

#include <map>

#include "support/catch.hpp"

using processes::Terminal;

namespace {

Terminal with(const std::map<std::string, std::string, std::less<>>& environment) {
  return processes::terminal_of([&](std::string_view name) {
    const auto found = environment.find(name);
    return found == environment.end() ? std::string() : found->second;
  });
}

}  // namespace

TEST_CASE("each terminal program is known by the variables that it sets", "[processes][terminal]") {
  CHECK(with({}) == Terminal{});
  CHECK(with({{"KITTY_WINDOW_ID", "7"}, {"KITTY_LISTEN_ON", "unix:/tmp/k"}}) ==
        Terminal{"kitty", "7", "unix:/tmp/k"});
  CHECK(with({{"WEZTERM_PANE", "0"}, {"WEZTERM_UNIX_SOCKET", "/run/w"}, {"TERM_PROGRAM", "WezTerm"}}) ==
        Terminal{"wezterm", "0", "/run/w"});
  CHECK(with({{"ZELLIJ_SESSION_NAME", "main"}, {"ZELLIJ_PANE_ID", "2"}}) == Terminal{"zellij", "2", "main"});
  CHECK(with({{"STY", "42.work"}, {"WINDOW", "3"}}) == Terminal{"screen", "3", "42.work"});
  CHECK(with({{"TERM_PROGRAM", "vscode"}}) == Terminal{"vscode", "", ""});
  CHECK(with({{"TERM_PROGRAM", "ghostty"}}) == Terminal{"ghostty", "", ""});
  CHECK(with({{"WINDOW", "3"}, {"KITTY_LISTEN_ON", "unix:/tmp/k"}}) == Terminal{});
}

TEST_CASE("the innermost terminal counts", "[processes][terminal]") {
  const std::map<std::string, std::string, std::less<>> kitty{{"KITTY_WINDOW_ID", "7"}};
  auto inside = [&](std::map<std::string, std::string, std::less<>> more) {
    more.insert(kitty.begin(), kitty.end());
    return with(more);
  };
  CHECK(inside({{"TMUX", "/tmp/tmux-1/default,1,0"}, {"TERM_PROGRAM", "tmux"}}) == Terminal{});
  CHECK(inside({{"ZELLIJ_SESSION_NAME", "main"}}).program == "zellij");
  CHECK(inside({{"STY", "42.work"}}).program == "screen");
  CHECK(inside({{"TERM_PROGRAM", "vscode"}}) == Terminal{"vscode", "", ""});
  CHECK(inside({{"TERM_PROGRAM", "vscode"}, {"STY", "42.work"}}).program == "screen");
}
