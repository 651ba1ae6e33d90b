// SPDX-License-Identifier: MIT
// The manifests of this repository in the form that the host lists. The target defines ATM_AGENTS_DIR and links
// atm_agents.
#pragma once

#include <string>
#include <vector>

#include "lib/agents/agent_catalog.hpp"

namespace atm::test {

inline std::vector<std::string> installed_agents() {
  AgentCatalog catalog({ATM_AGENTS_DIR, {}});
  static_cast<void>(catalog.refresh());
  std::vector<std::string> all;
  for (const AgentManifest& agent : catalog.manifests()) all.push_back(agent.json);
  return all;
}

}  // namespace atm::test
