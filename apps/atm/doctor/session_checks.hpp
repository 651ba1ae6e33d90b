// SPDX-License-Identifier: MIT
// Checks of the input: the running agents, and whether the daemon gets their events.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "daemon_view.hpp"
#include "environment.hpp"
#include "finding.hpp"

namespace atm::cli::doctor {

/// Processes of this user that are a Claude Code, without those that another Claude Code started.
[[nodiscard]] std::vector<std::int64_t> claude_processes(const std::string& proc);

/// `agents`: the number of running agents, and of those with a session.
void check_agents(const DaemonView& daemon, const std::vector<std::int64_t>& running, Findings& out);
/// `agent_socket`: agents whose environment leads their hooks to another socket than `socket`, which is empty for the
/// default paths. `answering`: the path of the daemon that answers, or empty; `usual`: the default paths. Of an
/// environment only ATM_SOCKET is kept.
void check_agent_sockets(const std::string& proc, const std::vector<std::int64_t>& running,
                         const std::string& socket, const std::string& answering,
                         const std::vector<std::string>& usual, Findings& out);
/// `events`: whether hooks and status lines arrived, and the time of the last evidence.
void check_events(const DaemonView& daemon, const Environment& around,
                  const std::vector<std::int64_t>& running, bool has_hooks, Findings& out);

}  // namespace atm::cli::doctor
