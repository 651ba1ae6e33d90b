// SPDX-License-Identifier: MIT
// A registry actor with its bus, run message by message on the test's thread and clock.
#pragma once

#include <atomic>
#include <memory>

#include "kernel/bus/bus.hpp"
#include "kernel/registry/actor/registry_actor.hpp"
#include "registry_fixture.hpp"

namespace atm::kernel::test {

/// A bus subscriber that applies all deliveries.
class EventRecorder {
 public:
  explicit EventRecorder(Bus& bus, bool activity = false, std::string session = {},
                         std::uint32_t max_queue = 0, std::string_view type = {})
      : bus_(bus), session_(std::move(session)) {
    atm_subscription_options options{};
    options.size = sizeof options;
    options.activity = activity ? 1 : 0;
    options.max_queue = max_queue;
    options.session = str_of(session_);
    options.type = str_of(type);
    options.ready = [](void* self, std::uint64_t) { ++static_cast<EventRecorder*>(self)->ready_calls; };
    options.context = this;
    opened = bus_.subscribe(options, id);
  }
  ~EventRecorder() { static_cast<void>(bus_.unsubscribe(id)); }
  EventRecorder(const EventRecorder&) = delete;
  EventRecorder& operator=(const EventRecorder&) = delete;

  atm_status drain(std::uint64_t max_events = 0) {
    const atm_event_sink sink{sizeof sink, 0, this, [](void* self, const atm_event* event) -> atm_status {
                                return static_cast<EventRecorder*>(self)->take(*event);
                              }};
    return bus_.drain(id, max_events, sink);
  }

  std::uint64_t id = 0;
  atm_status opened = ATM_OK;
  std::atomic<int> ready_calls{0};
  std::vector<Received> received;
  std::map<std::string, std::string> sessions;                  ///< id to JSON
  std::optional<std::map<std::string, std::string>> beginning;  ///< the snapshot in progress
  std::uint64_t missed = 0;
  atm_status answer = ATM_OK;

 private:
  atm_status take(const atm_event& event) {
    Received one{event.kind,
                 event.seq,
                 event.rev,
                 event.missed,
                 std::string(text_of(event.session)),
                 std::string(text_of(event.type)),
                 std::string(text_of(event.json))};
    switch (one.kind) {
      case ATM_EVENT_SESSION_REGISTERED:
      case ATM_EVENT_SESSION_UPDATED:
        sessions[one.session] = one.json;
        break;
      case ATM_EVENT_SESSION_REMOVED:
        sessions.erase(one.session);
        break;
      case ATM_EVENT_GAP:
        missed += one.missed;
        break;
      case ATM_EVENT_SNAPSHOT_BEGIN:
        sessions.clear();
        break;
      case ATM_EVENT_SNAPSHOT_ITEM:
        sessions[one.session] = one.json;
        break;
      default:
        break;
    }
    received.push_back(std::move(one));
    return answer;
  }

  Bus& bus_;
  std::string session_;
};

struct ActorFixture {
  explicit ActorFixture(RegistryActorOptions with = {}, BusOptions bus_options = {.epoch = 7})
      : bus(bus_options), registry(std::make_unique<RegistryActor>(prepare(std::move(with)), bus)) {}

  atm_status observe(const ObservationSpec& one, std::uint32_t expect = ATM_EXPECT_ANY) {
    atm_status status = ATM_SKIP;
    const auto done = [](void* to, atm_status what) { *static_cast<atm_status*>(to) = what; };
    const atm_status taken = registry->observe(one.copy(), expect, done, &status);
    registry->run_until_idle();
    return taken == ATM_OK ? status : taken;
  }
  /// Lets time pass, then runs a clean-up.
  void tick(std::chrono::nanoseconds after, Verify verify = {}) {
    mono_ns += after.count();
    static_cast<void>(
        registry->tick({moment(std::chrono::nanoseconds(mono_ns)), mono_ns, std::move(verify)}));
    registry->run_until_idle();
  }
  /// Lets time pass with a clean-up every 30 s.
  void live(std::chrono::seconds seconds) {
    for (; seconds >= 30s; seconds -= 30s) tick(30s);
    mono_ns += std::chrono::nanoseconds(seconds).count();
  }
  /// The registry's sessions, id to JSON.
  std::map<std::string, std::string> sessions() {
    EventRecorder client(bus);
    registry->run_until_idle();
    client.drain();
    return client.sessions;
  }
  bool has(const std::string& id) { return sessions().count(id) == 1; }

  std::int64_t mono_ns = 1'000'000'000;
  std::string death;
  Bus bus;
  std::unique_ptr<RegistryActor> registry;

 private:
  RegistryActorOptions prepare(RegistryActorOptions options) {
    options.monotonic_ns = [this] { return mono_ns; };
    options.on_death = [this](std::string_view why) { death = why; };
    return options;
  }
};

}  // namespace atm::kernel::test
