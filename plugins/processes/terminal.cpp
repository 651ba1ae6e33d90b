// SPDX-License-Identifier: MIT
#include "terminal.hpp"

namespace processes {

namespace {

struct Program {
  std::string_view name;
  std::string_view proof;  ///< a variable that only this program sets
  std::string_view pane;
  std::string_view socket;
};

// A multiplexer first: the variables of the terminal around it remain in its environment.
constexpr Program kPrograms[] = {
    {"zellij", "ZELLIJ_SESSION_NAME", "ZELLIJ_PANE_ID", "ZELLIJ_SESSION_NAME"},
    {"screen", "STY", "WINDOW", "STY"},
    {"wezterm", "WEZTERM_PANE", "WEZTERM_PANE", "WEZTERM_UNIX_SOCKET"},
    {"kitty", "KITTY_WINDOW_ID", "KITTY_WINDOW_ID", "KITTY_LISTEN_ON"},
};
constexpr std::size_t kMultiplexers = 2;

}  // namespace

Terminal terminal_of(const std::function<std::string(std::string_view)>& variable) {
  if (!variable("TMUX").empty()) return {};
  const std::string named = variable("TERM_PROGRAM");
  // An editor that was started in a terminal inherits the variables of that terminal.
  const bool is_editor = named == "vscode";
  for (const Program& program : kPrograms) {
    const bool is_multiplexer = &program < kPrograms + kMultiplexers;
    if ((is_editor && !is_multiplexer) || variable(program.proof).empty()) continue;
    return {std::string(program.name), variable(program.pane), variable(program.socket)};
  }
  return {named, {}, {}};
}

}  // namespace processes
