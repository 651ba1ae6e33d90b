// SPDX-License-Identifier: MIT
// The parts of the kernel that serve plugins, on a manual clock and without threads of their own.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "kernel/bus/bus.hpp"
#include "kernel/plugins/host_services.hpp"
#include "kernel/plugins/record_router.hpp"
#include "kernel/plugins/replays.hpp"
#include "kernel/registry/actor/registry_actor.hpp"
#include "kernel/system/clock.hpp"
#include "kernel/system/log.hpp"
#include "kernel/system/timers.hpp"
#include "kernel/watch/watcher.hpp"
#include "lib/agents/agent_catalog.hpp"

namespace atm::kernel::test {

struct KernelFixture {
  explicit KernelFixture(AgentDirectories agents_of = {}) : agents(std::move(agents_of)) {}

  [[nodiscard]] Kernel kernel() {
    return {clock, log, timers, bus, registry, router, watcher, agents, replays};
  }
  /// What the log contains so far.
  [[nodiscard]] const std::string& logged() {
    log.flush(std::chrono::seconds(20));
    return out;
  }

  ManualClock clock{1000};
  std::string out;
  Log log{clock, {LogLevel::kInfo, true, [this](std::string_view line) { return out.append(line), true; }}};
  AgentCatalog agents;
  Timers timers{clock};
  Watcher watcher{clock};
  Bus bus{{.epoch = 7, .max_subscribers = 2}};
  RegistryActor registry{options(), bus};
  RecordRouter router{{}, registry, clock, log};
  Replays replays{clock, 7, {}};

 private:
  RegistryActorOptions options() {
    RegistryActorOptions chosen;
    chosen.monotonic_ns = [this] { return clock.monotonic_ns(); };
    return chosen;
  }
};

}  // namespace atm::kernel::test
