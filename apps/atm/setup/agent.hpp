// SPDX-License-Identifier: MIT
// Connects an agent with a manifest to ATM by edits of its files, and undoes them. Returns the report to print.
#pragma once

#include <atm/domain/error.hpp>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "doctor/agent_checks.hpp"
#include "setup.hpp"

namespace atm::cli::setup {

enum class Shape : std::uint8_t { kHooksJson, kTomlArray, kCopyFile };

/// An element of `setup` in a manifest.
struct AgentEdit {
  Shape shape = Shape::kHooksJson;
  std::string file{};                 ///< absolute, for this user
  std::vector<std::string> events{};  ///< of kHooksJson, as timeout and is_last
  unsigned timeout = 5;
  bool is_last = false;
  std::string consent_file{};   ///< of kHooksJson: where the agent stores the user's consent
  std::string consent_table{};  ///< in it: "hooks.state"
  std::string key{};            ///< of kTomlArray
  std::string source{};         ///< of kCopyFile: the path of the file beside the manifest
  std::string note{};           ///< for the user, after the change
};

struct AgentSetup {
  std::string id{};
  std::string name{};
  std::string program{};  ///< the first one; empty: none
  bool is_user = false;   ///< the manifest is the user's
  std::string trusted{};  ///< the list of the files that the user trusts
  std::vector<AgentEdit> edits{};
};

/// The agent of this id. kInvalidField: no manifest of it, or none with `setup`; the message names those that exist.
[[nodiscard]] Result<AgentSetup> find_agent_setup(const SetupOptions& options);
/// The manifests of the user that need trust, by id: what the user must do.
[[nodiscard]] std::map<std::string, std::string> untrusted_agents(const SetupOptions& options);
/// All agents with `setup`, by id.
[[nodiscard]] std::vector<AgentSetup> all_agent_setups(const SetupOptions& options);

/// What is connected: "13 events, notify", "13 events (needs consent)", "atm.ts"; empty: nothing. The error is that of
/// a file.
[[nodiscard]] Result<std::string> connected_parts(const AgentSetup& agent);
/// What the user must do in the agent before its hooks run; empty: nothing.
[[nodiscard]] std::string needed_consent(const AgentSetup& agent);

[[nodiscard]] Result<std::string> connect_agent(const SetupOptions& options, const AgentSetup& agent);
[[nodiscard]] Result<std::string> disconnect_agent(const SetupOptions& options, const AgentSetup& agent);

/// What atm doctor checks of each agent with `setup`.
[[nodiscard]] std::vector<doctor::AgentConnection> agent_connections(const SetupOptions& options);

/// A line for each agent that is connected, or whose program is in PATH; empty: none.
[[nodiscard]] std::string agents_text(const SetupOptions& options);

}  // namespace atm::cli::setup
