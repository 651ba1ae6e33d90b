// SPDX-License-Identifier: MIT
#pragma once

#include <atm/domain/timestamp.hpp>
#include <string>
#include <vector>

namespace atm::cli::doctor {

/// Where things are for this user, here. A directory that is not known is empty; nothing of it was looked at yet.
struct Environment {
  std::string socket{};                               ///< of --socket or ATM_SOCKET; empty: the usual places
  std::string state_directory{};                      ///< ${XDG_STATE_HOME:-~/.local/state}/atm
  std::string runtime_directory{};                    ///< $XDG_RUNTIME_DIR
  std::string config_directory{};                     ///< ${XDG_CONFIG_HOME:-~/.config}/atm
  std::string claude_directory{};                     ///< ${CLAUDE_CONFIG_DIR:-~/.claude}
  std::string managed_directory{"/etc/claude-code"};  ///< settings above everybody's
  std::string directory{};                            ///< the current one
  std::string program_directory{};                    ///< of this program
  std::string processes{"/proc"};
  std::vector<std::string> path{};  ///< PATH
  Timestamp now{};

  [[nodiscard]] static Environment of_this_process(const std::string& socket);

  /// The program of this name in PATH; empty: none.
  [[nodiscard]] std::string find_program(const std::string& name) const;
};

/// Whether it is a file that this user may run.
[[nodiscard]] bool is_runnable(const std::string& path);

}  // namespace atm::cli::doctor
