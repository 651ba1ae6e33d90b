// SPDX-License-Identifier: MIT
// Adds ATM's hooks to the settings of an agent with a manifest and removes them. Returns the report to print.
#pragma once

#include <atm/domain/error.hpp>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "setup.hpp"

namespace atm::cli::setup {

/// The table `setup` of a manifest.
struct AgentSetup {
  std::string id;
  std::string name;
  std::string program;  ///< the first one; empty: none
  std::string file;     ///< absolute, for this user
  std::vector<std::string> events;
  unsigned timeout = 5;
  bool is_last = false;
  std::string note;  ///< for the user, after the change
};

/// The agent of this id. kInvalidField: no manifest of it, or none with `setup`; the message names those that exist.
[[nodiscard]] Result<AgentSetup> find_agent_setup(const SetupOptions& options);
/// The manifests of the user that need trust, by id: what the user must do.
[[nodiscard]] std::map<std::string, std::string> untrusted_agents(const SetupOptions& options);
/// All agents with `setup`, by id.
[[nodiscard]] std::vector<AgentSetup> all_agent_setups(const SetupOptions& options);

/// The number of events whose hooks call ATM; the error is that of the settings file.
[[nodiscard]] Result<std::size_t> connected_events(const AgentSetup& agent);

[[nodiscard]] Result<std::string> connect_agent(const SetupOptions& options, const AgentSetup& agent);
[[nodiscard]] Result<std::string> disconnect_agent(const SetupOptions& options, const AgentSetup& agent);

/// A line for each agent that is connected, or whose program is in PATH; empty: none.
[[nodiscard]] std::string agents_text(const SetupOptions& options);

}  // namespace atm::cli::setup
