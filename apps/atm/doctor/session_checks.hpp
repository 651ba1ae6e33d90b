// SPDX-License-Identifier: MIT
// Checks of what comes in: the agents that run, and whether anything is heard of them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "daemon_view.hpp"
#include "environment.hpp"
#include "finding.hpp"

namespace atm::cli::doctor {

/// Processes of this user that are a Claude Code of their own, not one that another has started.
[[nodiscard]] std::vector<std::int64_t> claude_processes(const std::string& proc);

/// `agents`: how many run, and how many of them are sessions.
void check_agents(const DaemonView& daemon, const std::vector<std::int64_t>& running, Findings& out);
/// `agent_socket`: agents ownership environment leads their hooks to another socket than `socket`, which is empty for the
/// usual places. Of an environment nothing but ATM_SOCKET is kept.
void check_agent_sockets(const std::string& proc, const std::vector<std::int64_t>& running,
                         const std::string& socket, Findings& out);
/// `events`: whether hooks and status lines were heard of, and when anything last was.
void check_events(const DaemonView& daemon, const Environment& around,
                  const std::vector<std::int64_t>& running, bool has_hooks, Findings& out);

}  // namespace atm::cli::doctor
