// SPDX-License-Identifier: MIT
// A registry on a manual clock, without actor and bus.
#pragma once

#include <atm/host/events.h>
#include <atm/host/ingest.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "../model/observation_spec.hpp"
#include "kernel/registry/actor/encoder.hpp"
#include "kernel/registry/registry.hpp"

namespace atm::kernel::test {

/// An event of the registry, or one that a subscriber received.
struct Received {
  std::uint32_t kind = 0;
  std::uint64_t seq = 0;
  std::uint64_t rev = 0;
  std::uint64_t missed = 0;
  std::string session;
  std::string type;
  std::string json;
};

/// Records each event of a registry at once, so that nothing replaces an older event.
class EventLog final : public EventOutput {
 public:
  bool wants_activity(std::string_view, std::string_view) const override { return true; }
  void activity(std::uint64_t seq, std::uint64_t rev, const Observation& observation) override {
    add(ATM_EVENT_ACTIVITY, seq, rev, observation.session(), observation.type_name(),
        encoder_.observation(observation.view()));
  }
  void state(std::uint64_t seq, SessionEntry& entry, bool registered) override {
    const std::uint32_t kind = registered ? ATM_EVENT_SESSION_REGISTERED : ATM_EVENT_SESSION_UPDATED;
    add(kind, seq, entry.state.domain.rev, entry.state.domain.id.view(), {}, json_of(entry));
  }
  void removed(std::uint64_t seq, SessionEntry& entry, std::string_view reason) override {
    add(ATM_EVENT_SESSION_REMOVED, seq, entry.state.domain.rev, entry.state.domain.id.view(), reason, {});
  }
  [[nodiscard]] std::string json_of(const SessionEntry& entry) const {
    return encoder_.session(entry.state.domain, entry.state.runtime);
  }

  std::vector<Received> events;

 private:
  void add(std::uint32_t kind, std::uint64_t seq, std::uint64_t rev, std::string_view session,
           std::string_view type, std::string json) {
    events.push_back({kind, seq, rev, 0, std::string(session), std::string(type), std::move(json)});
  }

  const Encoder encoder_ = json_encoder();
};

struct RegistryFixture {
  explicit RegistryFixture(RegistryOptions options = {})
      : registry(std::move(options), analyzers, journal, log) {}

  atm_status observe(const ObservationSpec& one, std::uint32_t expect = ATM_EXPECT_ANY,
                     const std::optional<ProcessKey>& from = std::nullopt) {
    registry.advance_to(mono_ns);
    const atm_status status = registry.ingest(one.copy(), expect, from);
    registry.run_due_timeouts();
    return status;
  }
  /// Lets time pass, then runs the timeouts that are due.
  void pass(std::chrono::nanoseconds silence) {
    mono_ns += silence.count();
    registry.advance_to(mono_ns);
    registry.run_due_timeouts();
  }
  /// Lets time pass, then runs a clean-up.
  void tick(std::chrono::nanoseconds after, Verify verify = {}) {
    mono_ns += after.count();
    registry.clean_up({moment(std::chrono::nanoseconds(mono_ns)), mono_ns, std::move(verify)});
    registry.run_due_timeouts();
  }
  /// Lets time pass with a clean-up every 30 s.
  void live(std::chrono::seconds seconds) {
    for (; seconds >= 30s; seconds -= 30s) tick(30s);
    mono_ns += std::chrono::nanoseconds(seconds).count();
  }
  /// The registry's sessions, id to JSON.
  std::map<std::string, std::string> sessions() {
    std::map<std::string, std::string> all;
    for (const SessionEntry* entry : registry.sessions())
      all.emplace(entry->state.domain.id.view(), log.json_of(*entry));
    return all;
  }
  bool has(const std::string& id) { return registry.find(id) != nullptr; }
  /// The state events so far.
  [[nodiscard]] std::vector<Received> state_events() const {
    std::vector<Received> some;
    for (const Received& one : log.events) {
      if (one.kind != ATM_EVENT_ACTIVITY) some.push_back(one);
    }
    return some;
  }
  /// The reason of the newest removal of a session, or of any session for the empty id.
  [[nodiscard]] std::string removal_reason(std::string_view id = {}) const {
    std::string reason;
    for (const Received& one : log.events) {
      if (one.kind == ATM_EVENT_SESSION_REMOVED && (id.empty() || one.session == id)) reason = one.type;
    }
    return reason;
  }

  std::int64_t mono_ns = 1'000'000'000;
  EventLog log;
  Analyzers analyzers{[this] { return mono_ns; }};
  Journal journal;
  Registry registry;
};

inline ObservationSpec started(const std::string& id) {
  return observed("session.started", {{"source", std::string("startup")}}).of(id);
}

}  // namespace atm::kernel::test
