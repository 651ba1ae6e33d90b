// SPDX-License-Identifier: MIT
// Laws of the fold and of the event stream, over random sequences.
#include <rapidcheck.h>

#include "actor_fixture.hpp"
#include "fold_fixture.hpp"
#include "registry_stories.hpp"
#include "support/catch.hpp"

using namespace atm;
using namespace atm::kernel;
using namespace atm::kernel::test;

namespace {}  // namespace

TEST_CASE("same observations, same state") {
  CHECK(rc::check("fold is a function", [] {
    FoldFixture one;
    FoldFixture other;
    for (const ObservationSpec& event : any_story(60)) {
      one.observe(event);
      other.observe(event);
    }
    RC_ASSERT(one.state.domain == other.state.domain);
    RC_ASSERT(one.state.fold_state == other.state.fold_state);
  }));
}

TEST_CASE("attention exists exactly while the status needs it") {
  CHECK(rc::check("attention follows status", [] {
    FoldFixture fixture;
    for (const ObservationSpec& event : any_story(60)) {
      fixture.observe(event);
      const SessionDomain& domain = fixture.state.domain;
      RC_ASSERT(domain.attention.has_value() == domain.status.needs_attention());
      RC_ASSERT(domain.status_cause.seq > 0U);
      RC_ASSERT((domain.status.kind() == StatusKind::kEnded) == fixture.state.fold_state.ended);
    }
  }));
}

TEST_CASE("a report never changes a status") {
  CHECK(rc::check("reports publish no activity", [] {
    FoldFixture fixture;
    for (const ObservationSpec& event : any_story(40)) fixture.observe(event);
    const SessionStatus before = fixture.state.domain.status;
    ObservationSpec report = any_observation();
    report.type = pick({"status.reported", "usage.reported", "notice", "vendor.word"});
    std::erase_if(report.attrs, [](const auto& attr) { return attr.first == "unblocked"; });
    fixture.observe(report);
    RC_ASSERT(fixture.state.domain.status == before);
  }));
}

TEST_CASE("OBS-E2: rev and seq have no holes") {
  CHECK(rc::check("every event is numbered once", [] {
    ActorFixture registry;
    EventRecorder client(registry.bus, true);
    registry.registry->run_until_idle();
    for (const ObservationSpec& event : any_story(60)) {
      registry.observe(event);
      client.drain();
    }
    std::uint64_t seq = 0;
    std::map<std::string, std::uint64_t> revs;
    for (const Received& one : client.received) {
      if (one.kind > ATM_EVENT_ACTIVITY) continue;
      if (one.kind != ATM_EVENT_ACTIVITY) {
        auto& rev = revs[one.session];
        // If an observation makes two revisions of one session, only the newer one is delivered.
        RC_ASSERT(one.rev == rev + 1 || one.kind == ATM_EVENT_SESSION_REMOVED);
        rev = one.kind == ATM_EVENT_SESSION_REMOVED ? 0 : one.rev;
      }
      RC_ASSERT(one.seq > seq);
      seq = one.seq;
    }
    RC_ASSERT(registry.registry->stats().events == seq);
  }));
}

TEST_CASE("the deliveries to a subscriber, applied in order, give the registry's final state") {
  CHECK(rc::check("conflation and gaps lose no state", [] {
    RegistryActorOptions options;
    options.max_sessions = 4;
    ActorFixture registry(std::move(options), {.epoch = 1, .max_activity = 8, .max_states = 3});
    EventRecorder quiet(registry.bus);
    EventRecorder noisy(registry.bus, true, "", static_cast<std::uint32_t>(*rc::gen::inRange(1, 6)));
    EventRecorder single(registry.bus, true, "s1");
    const std::array<EventRecorder*, 3> clients{&quiet, &noisy, &single};
    for (int steps = *rc::gen::inRange(1, 80); steps > 0; --steps) {
      switch (*rc::gen::inRange(0, 6)) {
        case 0:
          clients.at(*rc::gen::inRange<std::size_t>(0, 3))->drain(*rc::gen::inRange<std::uint64_t>(0, 5));
          break;
        case 1:
          registry.tick(std::chrono::seconds(*rc::gen::inRange(0, 60)));
          break;
        case 2:
          registry.registry->run_until_idle();
          break;
        default:
          RC_ASSERT(registry.registry->observe(any_observation().copy()) == ATM_OK);
      }
    }
    // An overflowed subscriber requests a snapshot when it drains, and gets it when the registry runs.
    for (int round = 0; round < 2; ++round) {
      registry.registry->run_until_idle();
      for (EventRecorder* client : clients) client->drain();
    }
    const auto truth = registry.sessions();
    RC_ASSERT(quiet.sessions == truth);
    RC_ASSERT(noisy.sessions == truth);
    const bool has_s1 = truth.count("s1") == 1;
    RC_ASSERT(single.sessions.size() == (has_s1 ? 1U : 0U));
    if (has_s1) RC_ASSERT(single.sessions.at("s1") == truth.at("s1"));
    RC_ASSERT_FALSE(registry.registry->is_dead());
  }));
}

TEST_CASE("a status is never certain against the latest level") {
  CHECK(rc::check("a level ends the uncertainty", [] {
    FoldFixture fixture;
    for (const ObservationSpec& event : any_story(60)) {
      fixture.observe(event);
      if (*rc::gen::inRange(0, 4) == 0) fixture.pass(std::chrono::seconds(*rc::gen::inRange(0, 15)));
      const SessionDomain& domain = fixture.state.domain;
      const Level& level = fixture.state.fold_state.level;
      if (!domain.certain || fixture.state.fold_state.ended ||
          level.since <= fixture.state.fold_state.edge_at)
        continue;
      const StatusKind kind = domain.status.kind();
      switch (level.state) {
        case LevelState::kBusy:
          RC_ASSERT(domain.status.is_active() || kind == StatusKind::kBackground);
          break;
        case LevelState::kIdle:
          RC_ASSERT(!domain.status.is_active() && kind != StatusKind::kBackground);
          break;
        case LevelState::kWaiting:
          RC_ASSERT(domain.status.needs_attention() && kind != StatusKind::kError);
          break;
        default:
          break;
      }
    }
  }));
}

TEST_CASE("TRAP-S12: raised and cleared alternate, and announced attention is shown", "[TRAP-S12]") {
  CHECK(rc::check("attention alternates", [] {
    ActorFixture registry;
    EventRecorder client(registry.bus, true);
    registry.registry->run_until_idle();
    for (const ObservationSpec& event : any_story(60)) {
      registry.observe(event);
      registry.mono_ns += *rc::gen::inRange<std::int64_t>(0, 3'000'000'000);
      registry.registry->run_until_idle();
      client.drain();
    }
    std::map<std::string, bool> raised;
    for (const Received& one : client.received) {
      if (one.type == "attention.raised") {
        RC_ASSERT(!raised[one.session]);
        raised[one.session] = true;
      } else if (one.type == "attention.cleared") {
        RC_ASSERT(raised[one.session]);
        raised[one.session] = false;
      }
    }
  }));
}

TEST_CASE("the same observations at the same times give the same result in any batches") {
  CHECK(rc::check("replay is deterministic", [] {
    const auto fixture = any_story(40);
    std::vector<std::int64_t> pauses;
    for (std::size_t i = 0; i < fixture.size(); ++i)
      pauses.push_back(*rc::gen::inRange<std::int64_t>(0, 3'000'000'000));
    const auto replay = [&] {
      ActorFixture registry;
      for (std::size_t i = 0; i < fixture.size(); ++i) {
        registry.observe(fixture[i]);
        registry.mono_ns += pauses[i];
        registry.registry->run_until_idle();
      }
      return registry.sessions();
    };
    RC_ASSERT(replay() == replay());
  }));
}

TEST_CASE("repeated or slightly late observations give the same state") {
  const std::vector<ObservationSpec> day{
      observed("session.started", {{"source", std::string("startup")}}).at(1s),
      level("idle").at(1s + 100ms),
      prompt("p1").at(10s),
      level("busy").at(10s + 3ms),
      tool_started("t1").at(10s + 200ms),
      permission().at(10s + 300ms),
      level("waiting", "permission").at(10s + 290ms),
      level("busy").at(15s),
      tool_finished("t1").at(15s + 100ms),
      finished().at(16s),
      level("idle").at(16s + 40ms),
  };
  CHECK(rc::check("swaps and repetitions", [&day] {
    FoldFixture straight;
    for (const ObservationSpec& event : day) straight.observe(event);
    auto shuffled = day;
    // Adjacent observations of one moment, one of them repeated.
    const std::vector<std::size_t> near{2, 5, 7, 9};
    for (const std::size_t at : near) {
      if (*rc::gen::arbitrary<bool>()) std::swap(shuffled[at], shuffled[at + 1]);
    }
    const auto again = *rc::gen::inRange<std::size_t>(0, shuffled.size());
    shuffled.insert(shuffled.begin() + static_cast<std::ptrdiff_t>(again), shuffled[again]);
    FoldFixture other;
    for (const ObservationSpec& event : shuffled) other.observe(event);
    RC_ASSERT(other.state.domain.status == straight.state.domain.status);
    RC_ASSERT(other.state.domain.certain == straight.state.domain.certain);
    RC_ASSERT(other.state.domain.finished == straight.state.domain.finished);
    RC_ASSERT(other.state.domain.attention == straight.state.domain.attention);
    RC_ASSERT(other.state.fold_state.prompts == straight.state.fold_state.prompts);
  }));
}
