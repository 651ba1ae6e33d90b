// SPDX-License-Identifier: MIT
// One edit of a file of an agent.
#pragma once

#include <string>

#include "agent.hpp"
#include "hook_command.hpp"
#include "journal.hpp"

namespace atm::cli::setup {

/// The report; kBusy: the file changed meanwhile.
[[nodiscard]] Result<std::string> connect_edit(const SetupOptions& options, const AgentSetup& agent,
                                               const AgentEdit& edit, const JournalDirectory& directory,
                                               const Programs& programs);
[[nodiscard]] Result<std::string> disconnect_edit(const SetupOptions& options, const AgentSetup& agent,
                                                  const AgentEdit& edit, const JournalDirectory& directory);

/// "13 events", the key, or the name of the copied file; empty: not connected.
[[nodiscard]] Result<std::string> connected_part(const AgentSetup& agent, const AgentEdit& edit);

/// Whether hooks of ATM are there that the user has not accepted in the agent. An agent that stores no consent needs none.
[[nodiscard]] bool needs_consent(const AgentSetup& agent, const AgentEdit& edit);

/// A line of the report; empty without `text`.
[[nodiscard]] std::string report_line(const char* title, const std::string& text);

}  // namespace atm::cli::setup
