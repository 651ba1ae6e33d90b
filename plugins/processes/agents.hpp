// SPDX-License-Identifier: MIT
#pragma once

#include <atm/plugin/processes.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "agent_table.hpp"
#include "bound_session.hpp"

namespace processes {

/// A process that has a session with a person, whether or not anybody told us of it.
struct Agent {
  atm::Process process;
  std::string agent;

  [[nodiscard]] ProcessId id() const noexcept { return {process.pid, process.start_ticks}; }
};

struct AgentsSeen {
  std::vector<Agent> agents;
  std::uint64_t unreadable = 0;  ///< may be agents, but their arguments could not be read
};

/// The agents that run as this user now. Of a client that is several processes, that one which has the session:
/// not its launcher, not the host of its terminal, not a copy or a tool it runs.
[[nodiscard]] AgentsSeen find_agents(const atm::Processes& processes, const AgentTable& table);

}  // namespace processes
