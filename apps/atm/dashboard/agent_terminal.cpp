// SPDX-License-Identifier: MIT
#include "agent_terminal.hpp"

#include <algorithm>
#include <array>
#include <atm/posix/proc_stat.hpp>
#include <fstream>
#include <sstream>
#include <utility>

namespace atm::cli {

AgentTerminal terminal_of(std::string_view environment) {
  AgentTerminal terminal;
  const std::array<std::pair<std::string_view, std::string*>, 7> wanted{
      {{"KITTY_WINDOW_ID", &terminal.kitty_window},
       {"KITTY_LISTEN_ON", &terminal.kitty_socket},
       {"WEZTERM_PANE", &terminal.wezterm_pane},
       {"WEZTERM_UNIX_SOCKET", &terminal.wezterm_socket},
       {"ZELLIJ_SESSION_NAME", &terminal.zellij_session},
       {"ZELLIJ_PANE_ID", &terminal.zellij_pane},
       {"TERM_PROGRAM", &terminal.program}}};
  while (!environment.empty()) {
    const std::size_t end = std::min(environment.find('\0'), environment.size());
    const std::string_view entry = environment.substr(0, end);
    const std::size_t sign = entry.find('=');
    for (const auto& [name, to] : wanted) {
      if (sign != entry.npos && entry.substr(0, sign) == name) *to = entry.substr(sign + 1);
    }
    environment.remove_prefix(std::min(end + 1, environment.size()));
  }
  return terminal;
}

AgentTerminal terminal_of(const protocol::Session& session) {
  const SessionRuntime& place = session.runtime;
  // A process of another PID namespace has no pid here, and a pid alone may name a later process.
  if (!place.pid || place.pid_ns || !place.process_start_ticks) return {};
  const auto stat = posix::read_proc_stat(*place.pid);
  if (!stat || stat->start_ticks != *place.process_start_ticks) return {};
  std::ostringstream text;
  text << std::ifstream("/proc/" + std::to_string(*place.pid) + "/environ", std::ios::binary).rdbuf();
  return terminal_of(text.str());
}

}  // namespace atm::cli
