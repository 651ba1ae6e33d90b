// SPDX-License-Identifier: MIT
// Laws of the fold and of the stream, over random stories.
#include <rapidcheck.h>

#include <array>

#include "running.hpp"
#include "story.hpp"
#include "support/catch.hpp"

using namespace atm;
using namespace atm::kernel;
using namespace atm::kernel::test;

namespace {

constexpr std::array kTypes{"session.started",       "session.ended",   "session.replaced",
                            "process.bound",         "process.exited",  "prompt.submitted",
                            "turn.finished",         "tool.started",    "tool.finished",
                            "input.needed",          "input.resolved",  "subagent.started",
                            "subagent.finished",     "status.reported", "compaction.started",
                            "compaction.finished",   "usage.reported",  "notice",
                            "vendor.word",           "state.reported",  "state.reported",
                            "attention.acknowledged"};

std::string pick(std::initializer_list<const char*> words) {
  return *rc::gen::elementOf(std::vector<std::string>(words.begin(), words.end()));
}

Told any_observation() {
  Told one = told(kTypes.at(*rc::gen::inRange<std::size_t>(0, kTypes.size())));
  one.session = pick({"s1", "s2", "s3", "s4", "pending-5"});
  one.actor = pick({"", "", "a1"});
  one.after = std::chrono::milliseconds(*rc::gen::inRange(0, 100'000));
  one.attrs = {{"tool", pick({"Bash", "Read"})},
               {"tool_use_id", pick({"t1", "t2", "t3"})},
               {"reason", pick({"permission", "question", "idle"})},
               {"source", pick({"startup", "compact", "discovered", "registered"})},
               {"outcome", pick({"ok", "error", "interrupted"})},
               {"subagent.id", pick({"a1", "a2"})},
               {"by", pick({"s1", "s2", "s5"})},
               {"pid", *rc::gen::inRange(4, 7)},
               {"prompt.id", pick({"p1", "p2", "p3", "p4"})},
               {"background_tasks", *rc::gen::inRange(0, 2)},
               {"cost.total_usd_micros", *rc::gen::inRange(0, 1000)},
               {"state", pick({"idle", "busy", "waiting", "background", "dialog"})},
               {"x.y", *rc::gen::inRange(0, 3)}};
  if (*rc::gen::inRange(0, 6) == 0) one.attrs.emplace_back("recorded", true);
  if (*rc::gen::inRange(0, 3) == 0) one.attrs.emplace_back("sole", true);
  if (*rc::gen::inRange(0, 3) == 0) one.attrs.emplace_back("about", std::string("permission"));
  if (*rc::gen::inRange(0, 3) == 0) one.attrs.emplace_back("unblocked", true);
  return one;
}

std::vector<Told> any_story(int length) {
  std::vector<Told> story;
  for (int i = *rc::gen::inRange(1, length); i > 0; --i) story.push_back(any_observation());
  return story;
}

}  // namespace

TEST_CASE("same observations, same state") {
  CHECK(rc::check("fold is a function", [] {
    Story one;
    Story other;
    for (const Told& event : any_story(60)) {
      one.tell(event);
      other.tell(event);
    }
    RC_ASSERT(one.state.domain == other.state.domain);
    RC_ASSERT(one.state.book == other.state.book);
  }));
}

TEST_CASE("attention is asked for exactly while the status needs it") {
  CHECK(rc::check("attention follows status", [] {
    Story story;
    for (const Told& event : any_story(60)) {
      story.tell(event);
      const SessionDomain& domain = story.state.domain;
      RC_ASSERT(domain.attention.has_value() == domain.status.needs_attention());
      RC_ASSERT(domain.status_cause.seq > 0U);
      RC_ASSERT((domain.status.kind() == StatusKind::kEnded) == story.state.book.ended);
    }
  }));
}

TEST_CASE("a report never changes a status") {
  CHECK(rc::check("reports are silent", [] {
    Story story;
    for (const Told& event : any_story(40)) story.tell(event);
    const SessionStatus before = story.state.domain.status;
    Told report = any_observation();
    report.type = pick({"status.reported", "usage.reported", "notice", "vendor.word"});
    std::erase_if(report.attrs, [](const auto& attr) { return attr.first == "unblocked"; });
    story.tell(report);
    RC_ASSERT(story.state.domain.status == before);
  }));
}

TEST_CASE("rev and seq have no holes") {
  CHECK(rc::check("every event is numbered once", [] {
    Running running;
    Client client(running.bus, true);
    running.registry->run_until_idle();
    for (const Told& event : any_story(60)) {
      running.tell(event);
      client.drain();
    }
    std::uint64_t seq = 0;
    std::map<std::string, std::uint64_t> revs;
    for (const Received& one : client.received) {
      if (one.kind > ATM_EVENT_ACTIVITY) continue;
      if (one.kind != ATM_EVENT_ACTIVITY) {
        auto& rev = revs[one.session];
        // An observation that makes two revisions of one session is delivered as the newer.
        RC_ASSERT(one.rev == rev + 1 || one.kind == ATM_EVENT_SESSION_REMOVED);
        rev = one.kind == ATM_EVENT_SESSION_REMOVED ? 0 : one.rev;
      }
      RC_ASSERT(one.seq > seq);
      seq = one.seq;
    }
    RC_ASSERT(running.registry->stats().events == seq);
  }));
}

TEST_CASE("whatever a subscriber is given, applied in order, is the registry's state in the end") {
  CHECK(rc::check("conflation and gaps lose no state", [] {
    RegistryOptions options;
    options.max_sessions = 4;
    Running running(std::move(options), {.epoch = 1, .max_activity = 8, .max_states = 3});
    Client quiet(running.bus);
    Client noisy(running.bus, true, "", static_cast<std::uint32_t>(*rc::gen::inRange(1, 6)));
    Client single(running.bus, true, "s1");
    const std::array<Client*, 3> clients{&quiet, &noisy, &single};
    for (int steps = *rc::gen::inRange(1, 80); steps > 0; --steps) {
      switch (*rc::gen::inRange(0, 6)) {
        case 0:
          clients.at(*rc::gen::inRange<std::size_t>(0, 3))->drain(*rc::gen::inRange<std::uint64_t>(0, 5));
          break;
        case 1:
          running.tick(std::chrono::seconds(*rc::gen::inRange(0, 60)));
          break;
        case 2:
          running.registry->run_until_idle();
          break;
        default:
          RC_ASSERT(running.registry->observe(any_observation().copy()) == ATM_OK);
      }
    }
    // A client that overflowed asks when it is back, and is served when the registry runs.
    for (int round = 0; round < 2; ++round) {
      running.registry->run_until_idle();
      for (Client* client : clients) client->drain();
    }
    const auto truth = running.sessions();
    RC_ASSERT(quiet.sessions == truth);
    RC_ASSERT(noisy.sessions == truth);
    const bool has_s1 = truth.count("s1") == 1;
    RC_ASSERT(single.sessions.size() == (has_s1 ? 1U : 0U));
    if (has_s1) RC_ASSERT(single.sessions.at("s1") == truth.at("s1"));
    RC_ASSERT_FALSE(running.registry->is_dead());
  }));
}

TEST_CASE("never certain against a level that spoke last") {
  CHECK(rc::check("certainty yields to levels", [] {
    Story story;
    for (const Told& event : any_story(60)) {
      story.tell(event);
      if (*rc::gen::inRange(0, 4) == 0) story.pass(std::chrono::seconds(*rc::gen::inRange(0, 15)));
      const SessionDomain& domain = story.state.domain;
      const Level& level = story.state.book.level;
      if (!domain.certain || story.state.book.ended || level.since <= story.state.book.edge_at) continue;
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

TEST_CASE("TRAP-S12: raised and cleared take turns, and what is announced is what is shown", "[TRAP-S12]") {
  CHECK(rc::check("attention alternates", [] {
    Running running;
    Client client(running.bus, true);
    running.registry->run_until_idle();
    for (const Told& event : any_story(60)) {
      running.tell(event);
      running.mono_ns += *rc::gen::inRange<std::int64_t>(0, 3'000'000'000);
      running.registry->run_until_idle();
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

TEST_CASE("the same observations at the same times say the same, whatever the batches") {
  CHECK(rc::check("replay is deterministic", [] {
    const auto story = any_story(40);
    std::vector<std::int64_t> pauses;
    for (std::size_t i = 0; i < story.size(); ++i)
      pauses.push_back(*rc::gen::inRange<std::int64_t>(0, 3'000'000'000));
    const auto replay = [&] {
      Running running;
      for (std::size_t i = 0; i < story.size(); ++i) {
        running.tell(story[i]);
        running.mono_ns += pauses[i];
        running.registry->run_until_idle();
      }
      return running.sessions();
    };
    RC_ASSERT(replay() == replay());
  }));
}

TEST_CASE("what is told twice, or a moment late, ends the same") {
  const std::vector<Told> day{
      told("session.started", {{"source", std::string("startup")}}).at(1s),
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
    Story straight;
    for (const Told& event : day) straight.tell(event);
    auto shuffled = day;
    // Neighbours of one moment, and one of them twice.
    const std::vector<std::size_t> near{2, 5, 7, 9};
    for (const std::size_t at : near) {
      if (*rc::gen::arbitrary<bool>()) std::swap(shuffled[at], shuffled[at + 1]);
    }
    const auto again = *rc::gen::inRange<std::size_t>(0, shuffled.size());
    shuffled.insert(shuffled.begin() + static_cast<std::ptrdiff_t>(again), shuffled[again]);
    Story other;
    for (const Told& event : shuffled) other.tell(event);
    RC_ASSERT(other.state.domain.status == straight.state.domain.status);
    RC_ASSERT(other.state.domain.certain == straight.state.domain.certain);
    RC_ASSERT(other.state.domain.finished == straight.state.domain.finished);
    RC_ASSERT(other.state.domain.attention == straight.state.domain.attention);
    RC_ASSERT(other.state.book.prompts == straight.state.book.prompts);
  }));
}
