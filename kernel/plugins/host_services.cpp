// SPDX-License-Identifier: MIT
#include "kernel/plugins/host_services.hpp"

#include <atm/host/agents.h>
#include <atm/host/clock.h>
#include <atm/host/events.h>
#include <atm/host/files.h>
#include <atm/host/ingest.h>
#include <atm/host/log.h>
#include <atm/host/metrics.h>
#include <atm/host/processes.h>
#include <atm/host/snapshot.h>
#include <atm/host/timer.h>

#include <atm/plugin/values.hpp>
#include <utility>

#include "kernel/bus/bus.hpp"
#include "kernel/model/observation.hpp"
#include "kernel/plugins/host/host_service.hpp"
#include "kernel/plugins/replays.hpp"
#include "kernel/system/timers.hpp"
#include "kernel/watch/watcher.hpp"

namespace atm::kernel {
namespace {

struct Service {
  std::string_view id;
  const void* (*table)() noexcept;
};

constexpr Service kServices[] = {
    {ATM_HOST_AGENTS, &host::agents},     {ATM_HOST_CLOCK, &host::clock},
    {ATM_HOST_EVENTS, &host::events},     {ATM_HOST_FILES, &host::files},
    {ATM_HOST_INGEST, &host::ingest},     {ATM_HOST_LOG, &host::log},
    {ATM_HOST_METRICS, &host::metrics},   {ATM_HOST_PROCESSES, &host::processes},
    {ATM_HOST_SNAPSHOT, &host::snapshot}, {ATM_HOST_TIMER, &host::timer},
};

const void* find_service(void* /*self*/, atm_str id) {
  for (const Service& service : kServices) {
    if (service.id == text_of(id)) return service.table();
  }
  return nullptr;
}

}  // namespace

HostServices::HostServices(const Kernel& kernel, Reports& reports, std::string id)
    : kernel_(kernel), reports_(reports), id_(std::move(id)), host_{sizeof(atm_host),
                                                                    ATM_ABI_MAJOR,
                                                                    ATM_ABI_MINOR,
                                                                    0,
                                                                    this,
                                                                    &find_service} {}

void HostServices::own(std::uint64_t subscription) {
  const std::lock_guard lock(mutex_);
  subscriptions_.insert(subscription);
}

bool HostServices::disown(std::uint64_t subscription) {
  const std::lock_guard lock(mutex_);
  return subscriptions_.erase(subscription) != 0;
}

atm_status HostServices::end(std::uint64_t subscription) {
  return Replays::is_replay(subscription) ? kernel_.replays.close(subscription)
                                          : kernel_.bus.unsubscribe(subscription);
}

void HostServices::close() {
  kernel_.watcher.remove_all(this);
  kernel_.timers.cancel_all(this);
  std::set<std::uint64_t> left;
  {
    const std::lock_guard lock(mutex_);
    left.swap(subscriptions_);
  }
  for (const std::uint64_t subscription : left) static_cast<void>(end(subscription));
}

}  // namespace atm::kernel
