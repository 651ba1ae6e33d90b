// SPDX-License-Identifier: MIT
// atm setup: connects an agent's client, and takes the connection back.
#pragma once

#include <string>

#include "exit_code.hpp"

namespace atm::cli {

struct SetupOptions {
  std::string what{};  ///< claude, status or autostart
  bool remove = false;
  bool dry_run = false;
  bool no_status_line = false;
  bool http = false;
  bool json = false;
  std::string project{};  ///< a directory: its settings instead of the user's
  std::string hook{};     ///< the atm-hook to be called
  /// What an administrator set for this machine.
  std::string managed = "/etc/claude-code/managed-settings.json";
};

[[nodiscard]] ExitCode run_setup(const SetupOptions& options);

}  // namespace atm::cli
