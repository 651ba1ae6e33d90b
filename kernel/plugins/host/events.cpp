// SPDX-License-Identifier: MIT
#include <atm/host/events.h>

#include <algorithm>
#include <atm/plugin/values.hpp>
#include <cstddef>
#include <cstring>

#include "kernel/bus/bus.hpp"
#include "kernel/plugins/contract.hpp"
#include "kernel/plugins/host/host_service.hpp"
#include "kernel/plugins/replays.hpp"

namespace atm::kernel::host {
namespace {

atm_status subscribe_events(void* self, const atm_subscription_options* options, std::uint64_t* subscription,
                            atm_error* error) {
  return guarded([&] {
    constexpr std::size_t kLeast =
        offsetof(atm_subscription_options, context) + sizeof(atm_subscription_options::context);
    if (options == nullptr || subscription == nullptr || options->size < kLeast) return ATM_E_INVALID;
    atm_subscription_options known{};  // an older plugin does not set members that were added later
    std::memcpy(&known, options, std::min<std::size_t>(options->size, sizeof known));
    ErrorText text(error);
    const bool is_replay = known.replay_at_ns != 0;
    const atm_status status = is_replay ? kernel_of(self).replays.open(known, *subscription, text)
                                        : kernel_of(self).bus.subscribe(known, *subscription);
    if (status == ATM_E_FULL && !is_replay)
      text.set("limit of subscribers reached; raise limits.subscribers");
    if (status == ATM_OK) services_of(self).own(*subscription);
    return status;
  });
}

atm_status drain_events(void* self, std::uint64_t subscription, std::uint64_t max_events,
                        const atm_event_sink* sink) {
  if (sink == nullptr || sink->event == nullptr) return ATM_E_INVALID;
  return guarded([&] {
    const Kernel& kernel = kernel_of(self);
    return Replays::is_replay(subscription) ? kernel.replays.drain(subscription, max_events, *sink)
                                            : kernel.bus.drain(subscription, max_events, *sink);
  });
}

atm_status unsubscribe_events(void* self, std::uint64_t subscription) {
  return guarded([&] {
    HostServices& services = services_of(self);
    return services.disown(subscription) ? services.end(subscription) : ATM_E_NOT_FOUND;
  });
}

atm_status seek_replay(void* self, std::uint64_t subscription, std::int64_t at_ns) {
  return guarded([&] { return kernel_of(self).replays.seek(subscription, at_ns); });
}

atm_status set_replay_speed(void* self, std::uint64_t subscription, double speed) {
  return guarded([&] { return kernel_of(self).replays.set_speed(subscription, speed); });
}

constexpr atm_host_events kEvents{
    sizeof(atm_host_events), 0, &subscribe_events, &drain_events, &unsubscribe_events, &seek_replay,
    &set_replay_speed};

}  // namespace

const void* events() noexcept {
  return &kEvents;
}

}  // namespace atm::kernel::host
