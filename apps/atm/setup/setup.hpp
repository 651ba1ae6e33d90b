// SPDX-License-Identifier: MIT
// atm setup: connects Claude Code to atmd, and undoes it.
#pragma once

#include <string>
#include <vector>

#include "exit_code.hpp"

namespace atm::cli {

struct SetupOptions {
  std::string what{};      ///< claude, the id of an agent with a manifest, status or autostart
  bool all = false;        ///< with the id left out: every agent whose program is in PATH
  bool autostart = false;  ///< with an agent: also set up, or remove, the automatic start
  bool remove = false;
  bool dry_run = false;
  bool no_status_line = false;
  bool http = false;
  bool json = false;
  std::string project{};  ///< a directory: use its settings instead of the user's
  std::string hook{};     ///< the path of atm-hook
  std::string agents{};   ///< the directory of the installed manifests; empty: beside this program
  /// Managed settings of this machine.
  std::string managed = "/etc/claude-code/managed-settings.json";
};

/// What `atm setup` accepts as its first word.
[[nodiscard]] std::vector<std::string> setup_words();

/// The names of the agents that setup has connected, `Claude Code`.
[[nodiscard]] std::vector<std::string> connected_agents();

[[nodiscard]] ExitCode run_setup(const SetupOptions& options);

}  // namespace atm::cli
