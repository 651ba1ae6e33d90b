// SPDX-License-Identifier: MIT
#pragma once

#include <atm/plugin/processes.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "agent_table.hpp"
#include "bound_session.hpp"

namespace processes {

/// A process that has a session with a user, whether or not it is known already.
struct Agent {
  atm::Process process;
  std::string agent;
  /// Children in the same program with the same arguments. One with a session shows that the process only starts it.
  std::vector<ProcessId> copies{};

  [[nodiscard]] ProcessId id() const noexcept { return {process.pid, process.start_ticks}; }
};

struct AgentsSeen {
  std::vector<Agent> agents;
  std::vector<ProcessId>
      others;  ///< processes of an agent without a session of their own: launchers, copies, tools
  std::vector<Agent> servers;    ///< run sessions that other processes of the agent show
  std::uint64_t unreadable = 0;  ///< possible agents whose arguments could not be read
};

/// The running agents of this user. Of several processes of one agent, only the one with the session: not its launcher,
/// its terminal host, a copy or a tool.
[[nodiscard]] AgentsSeen find_agents(const atm::Processes& processes, const AgentTable& table);

}  // namespace processes
