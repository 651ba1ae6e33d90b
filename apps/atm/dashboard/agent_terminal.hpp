// SPDX-License-Identifier: MIT
// The terminal program in which an agent runs, from the environment of its process.
#pragma once

#include <atm/protocol/session.hpp>
#include <string>
#include <string_view>

namespace atm::cli {

/// The variables of terminals that can show one of their windows. Empty: unset.
struct AgentTerminal {
  std::string kitty_window{};    ///< KITTY_WINDOW_ID
  std::string kitty_socket{};    ///< KITTY_LISTEN_ON
  std::string wezterm_pane{};    ///< WEZTERM_PANE
  std::string wezterm_socket{};  ///< WEZTERM_UNIX_SOCKET
  std::string zellij_session{};  ///< ZELLIJ_SESSION_NAME
  std::string zellij_pane{};     ///< ZELLIJ_PANE_ID
  std::string program{};         ///< TERM_PROGRAM
};

/// From the text of /proc/PID/environ.
[[nodiscard]] AgentTerminal terminal_of(std::string_view environment);

/// Empty members if the process is unknown, not on this machine, or ended.
[[nodiscard]] AgentTerminal terminal_of(const protocol::Session& session);

}  // namespace atm::cli
