// SPDX-License-Identifier: MIT
#include <atm/host/agents.h>

#include "kernel/plugins/host/host_service.hpp"
#include "lib/agents/agent_catalog.hpp"

namespace atm::kernel::host {
namespace {

atm_status refresh_agents(void* self, std::uint64_t* revision) {
  if (revision == nullptr) return ATM_E_INVALID;
  return guarded([&] { return *revision = kernel_of(self).agents.refresh(), ATM_OK; });
}

atm_status list_agents(void* self, const atm_text_sink* sink) {
  if (sink == nullptr || sink->text == nullptr) return ATM_E_INVALID;
  return guarded([&] {
    for (const AgentManifest& manifest : kernel_of(self).agents.manifests()) {
      const atm_status status = sink->text(sink->self, {manifest.json.data(), manifest.json.size()});
      if (status != ATM_OK) return status;
    }
    return ATM_OK;
  });
}

atm_status agent_problems(void* self, const atm_text_sink* sink) {
  if (sink == nullptr || sink->text == nullptr) return ATM_E_INVALID;
  return guarded([&] {
    for (const Problem& problem : kernel_of(self).agents.problems()) {
      const std::string text = problem.message();
      if (const atm_status status = sink->text(sink->self, {text.data(), text.size()}); status != ATM_OK)
        return status;
    }
    return ATM_OK;
  });
}

constexpr atm_host_agents kAgents{sizeof(atm_host_agents), 0, &refresh_agents, &list_agents, &agent_problems};

}  // namespace

const void* agents() noexcept {
  return &kAgents;
}

}  // namespace atm::kernel::host
