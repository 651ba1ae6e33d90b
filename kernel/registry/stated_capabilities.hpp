// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "kernel/model/agent_capabilities.hpp"

namespace atm::kernel {

/// Adds the capabilities of a manifest, a JSON object as in AgentManifest::json. [any]
void add_capabilities(CapabilitiesByAgent& to, std::string_view manifest);

}  // namespace atm::kernel
