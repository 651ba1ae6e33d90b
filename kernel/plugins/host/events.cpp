// SPDX-License-Identifier: MIT
#include <atm/host/events.h>

#include <algorithm>
#include <atm/plugin/values.hpp>
#include <cstddef>
#include <cstring>

#include "kernel/bus/bus.hpp"
#include "kernel/plugins/contract.hpp"
#include "kernel/plugins/host/host_service.hpp"

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
    const atm_status status = kernel_of(self).bus.subscribe(known, *subscription);
    if (status == ATM_E_FULL) ErrorText(error).set("limit of subscribers reached; raise limits.subscribers");
    if (status == ATM_OK) services_of(self).own(*subscription);
    return status;
  });
}

atm_status drain_events(void* self, std::uint64_t subscription, std::uint64_t max_events,
                        const atm_event_sink* sink) {
  if (sink == nullptr || sink->event == nullptr) return ATM_E_INVALID;
  return guarded([&] { return kernel_of(self).bus.drain(subscription, max_events, *sink); });
}

atm_status unsubscribe_events(void* self, std::uint64_t subscription) {
  return guarded([&] {
    return services_of(self).disown(subscription) ? kernel_of(self).bus.unsubscribe(subscription)
                                                  : ATM_E_NOT_FOUND;
  });
}

constexpr atm_host_events kEvents{sizeof(atm_host_events), 0, &subscribe_events, &drain_events,
                                  &unsubscribe_events};

}  // namespace

const void* events() noexcept {
  return &kEvents;
}

}  // namespace atm::kernel::host
