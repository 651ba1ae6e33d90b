// SPDX-License-Identifier: MIT
#include <atm/host/snapshot.h>

#include <atm/plugin/values.hpp>
#include <string>
#include <utility>
#include <vector>

#include "kernel/model/observation.hpp"
#include "kernel/plugins/host/host_service.hpp"
#include "kernel/registry/actor/registry_actor.hpp"
#include "kernel/system/callback_scope.hpp"

namespace atm::kernel::host {
namespace {

atm_status give_text(const atm_text_sink* sink, const std::string& text) {
  return sink == nullptr || sink->text == nullptr ? ATM_E_INVALID : sink->text(sink->self, str_of(text));
}

atm_status snapshot_sessions(void* self, atm_str session, atm_snapshot_done done, void* context) {
  if (done == nullptr) return ATM_E_INVALID;
  return guarded([&] { return kernel_of(self).registry.snapshot(text_of(session), done, context); });
}

atm_status snapshot_stats(void* self, const atm_text_sink* sink) {
  return guarded([&] { return give_text(sink, services_of(self).reports().stats_json()); });
}

atm_status snapshot_plugins(void* self, const atm_text_sink* sink) {
  return guarded([&] { return give_text(sink, services_of(self).reports().plugins_json()); });
}

atm_status snapshot_discover(void* self, std::uint64_t* found, std::uint64_t* failed) {
  if (found == nullptr || failed == nullptr || CallbackScope::is_active()) return ATM_E_INVALID;
  return guarded([&] { return services_of(self).reports().discover(*found, *failed); });
}

atm_status snapshot_sessions_of(void* self, const atm_str* agents, std::uint64_t agent_count,
                                atm_snapshot_done done, void* context) {
  constexpr std::uint64_t kMostAgents = 1024;
  if (done == nullptr || agents == nullptr || agent_count == 0 || agent_count > kMostAgents)
    return ATM_E_INVALID;
  return guarded([&] {
    std::vector<std::string> names;
    for (std::uint64_t i = 0; i < agent_count; ++i) names.emplace_back(text_of(agents[i]));
    return kernel_of(self).registry.snapshot_of(std::move(names), done, context);
  });
}

constexpr atm_host_snapshot kSnapshot{
    sizeof(atm_host_snapshot), 0, &snapshot_sessions, &snapshot_stats, &snapshot_plugins, &snapshot_discover,
    &snapshot_sessions_of};

}  // namespace

const void* snapshot() noexcept {
  return &kSnapshot;
}

}  // namespace atm::kernel::host
