// SPDX-License-Identifier: MIT
#pragma once

#include <atm/domain/timestamp.hpp>
#include <string>
#include <vector>

namespace atm::cli::doctor {

/// The user's directories and files. An unknown directory is empty; none has been accessed yet.
struct Environment {
  std::string socket{};                               ///< of --socket or ATM_SOCKET; empty: the default paths
  std::string home{};                                 ///< $HOME
  std::string state_directory{};                      ///< ${XDG_STATE_HOME:-~/.local/state}/atm
  std::string runtime_directory{};                    ///< $XDG_RUNTIME_DIR
  std::string config_directory{};                     ///< ${XDG_CONFIG_HOME:-~/.config}/atm
  std::string claude_directory{};                     ///< ${CLAUDE_CONFIG_DIR:-~/.claude}
  std::string managed_directory{"/etc/claude-code"};  ///< settings with the highest precedence
  std::string directory{};                            ///< the current one
  std::string program_directory{};                    ///< of this program
  std::string processes{"/proc"};
  std::vector<std::string> path{};  ///< PATH
  Timestamp now{};

  [[nodiscard]] static Environment of_this_process(const std::string& socket);

  /// The program of this name in PATH; empty if there is none.
  [[nodiscard]] std::string find_program(const std::string& name) const;
};

/// Returns true if it is a file that this user may execute.
[[nodiscard]] bool is_runnable(const std::string& path);

}  // namespace atm::cli::doctor
