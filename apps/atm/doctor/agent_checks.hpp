// SPDX-License-Identifier: MIT
// Checks of agents by their manifests. An agent that is not in use has no finding.
#pragma once

#include <string>
#include <vector>

#include "daemon_view.hpp"
#include "environment.hpp"
#include "finding.hpp"
#include "lib/agents/agent_catalog.hpp"

namespace atm::cli::doctor {

/// What atm setup knows about an agent with a table setup.
struct AgentConnection {
  std::string id{};
  std::string parts{};                  ///< "13 events, notify"; empty: not connected
  bool was_set_up = false;              ///< setup has changed a file of the agent and not undone that
  std::string problem{};                ///< of a file that setup edits
  std::string consent{};                ///< what the user must do before the hooks run; empty: nothing
  std::vector<std::string> programs{};  ///< that the hooks run, as setup wrote them
};

/// A manifest in use, and whether anything shows that its agent is used here.
struct UsedAgent {
  AgentManifest manifest{};
  AgentConnection connection{};
  bool has_setup = false;     ///< setup can connect it
  std::size_t processes = 0;  ///< of this user
  std::size_t sessions = 0;   ///< that have not ended
  std::uint64_t records = 0;  ///< of its channels, since atmd started

  [[nodiscard]] bool is_used() const noexcept {
    return processes + sessions + records > 0 || !connection.parts.empty() || connection.was_set_up;
  }
};

/// All manifests in use, by id. `connections`: those of setup.
[[nodiscard]] std::vector<UsedAgent> find_used_agents(const AgentDirectories& directories,
                                                      const std::vector<AgentConnection>& connections,
                                                      const DaemonView& daemon, const Environment& around);

/// `hooks`, `hook_program`, `settings`, `conflicts`, `versions`, `agents`, `events` of an agent that is in use. Each
/// finding has its id in `agent`.
void check_agent(const UsedAgent& agent, const DaemonView& daemon, const Environment& around, Findings& out);

/// The version in the package.json of an agent's program in PATH, or of a session. Runs no program. Empty: unknown.
[[nodiscard]] std::string version_of(const UsedAgent& agent, const DaemonView& daemon,
                                     const Environment& around);

}  // namespace atm::cli::doctor
