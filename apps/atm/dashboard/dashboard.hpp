// SPDX-License-Identifier: MIT
// The dashboard: all sessions on the whole terminal, until the user quits (docs/operate/dashboard.md).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "command.hpp"

namespace atm::cli {

struct DashboardOptions {
  std::string dump{};     ///< "80x24": print one frame of this size as text
  bool is_popup = false;  ///< quit after a jump
  bool is_plain = false;  ///< lines of text instead of a screen
  /// The names of the agents that setup has connected.
  std::function<std::vector<std::string>()> connected_agents{};
  ReportsOf reports_of{};
};

/// Returns true if the user has a terminal on which the dashboard must be lines: TERM is dumb, or ACCESSIBLE is set.
[[nodiscard]] bool wants_plain();

/// Returns true if `atm` without a command opens the dashboard: standard output is a terminal that can show it.
[[nodiscard]] bool can_show_dashboard();

[[nodiscard]] ExitCode run_dashboard(const Global& global, const DashboardOptions& options);

}  // namespace atm::cli
