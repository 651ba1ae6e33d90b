// SPDX-License-Identifier: MIT
// The manifests of the user that are not used.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "finding.hpp"
#include "lib/agents/agent_catalog.hpp"

namespace atm::cli::doctor {

/// Of this user. `installed`: the directory of the installed manifests; empty: beside this program.
[[nodiscard]] AgentDirectories agent_directories(const std::string& installed);

/// The manifests of the user, by id.
[[nodiscard]] std::vector<AgentFile> own_manifests(const AgentDirectories& directories);

/// A word of [agent] capabilities of this agent; empty: unknown.
[[nodiscard]] std::string capability_of(const AgentDirectories& directories, std::string_view agent,
                                        const char* capability);

/// `manifest`: those that are broken or need trust.
void check_manifests(const AgentDirectories& directories, Findings& out);

}  // namespace atm::cli::doctor
