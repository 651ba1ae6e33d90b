// SPDX-License-Identifier: MIT
// Whose an observation is, what it may begin, what it answers; TRAP-S8, TRAP-W6, TRAP-W9.
#include "kernel/registry/registry.hpp"

#include <stdexcept>

#include "running.hpp"
#include "support/catch.hpp"

using namespace atm;
using namespace atm::kernel;
using namespace atm::kernel::test;

namespace {

RegistryOptions limited(std::size_t sessions) {
  RegistryOptions options;
  options.max_sessions = sessions;
  return options;
}

std::vector<Received> state_events(const Client& client) {
  std::vector<Received> events;
  for (const Received& one : client.received) {
    if (one.kind <= ATM_EVENT_SESSION_REMOVED) events.push_back(one);
  }
  return events;
}

}  // namespace

TEST_CASE("the first observation of a session registers it, the next updates it") {
  Running running;
  Client client(running.bus);
  running.registry->run_until_idle();
  running.tell(started("s1"));
  client.drain();
  running.tell(told("prompt.submitted"));
  client.drain();
  const auto events = state_events(client);
  REQUIRE(events.size() == 2);
  CHECK(events[0].kind == ATM_EVENT_SESSION_REGISTERED);
  CHECK(events[0].rev == 1);
  CHECK(events[1].kind == ATM_EVENT_SESSION_UPDATED);
  CHECK(events[1].rev == 2);
  CHECK(events[1].json.find("\"thinking\"") != std::string::npos);
}

TEST_CASE("a binding that is known makes no event, one that says more does") {
  Running running;
  Client client(running.bus);
  running.registry->run_until_idle();
  running.tell(started("s1"));
  const auto revision = [&] {
    client.drain();
    return state_events(client).back().rev;
  };
  running.tell(told("process.bound", {{"pid", 7}, {"start_ticks", 70}}));
  const auto bound = revision();
  running.tell(told("process.bound", {{"pid", 7}, {"start_ticks", 70}}));
  running.tell(told("process.bound", {{"pid", 7}}));
  CHECK(revision() == bound);
  running.tell(told("process.bound", {{"pid", 7}, {"start_ticks", 70}, {"tty", std::string("/dev/pts/1")}}));
  CHECK(revision() == bound + 1);
  running.tell(told("process.bound", {{"pid", 7}, {"start_ticks", 71}}));
  CHECK(revision() == bound + 2);
  running.tell(told("process.bound", {{"pid", 7}, {"start_ticks", 71}, {"cwd", std::string("/home/dev")}}));
  CHECK(revision() == bound + 3);
}

TEST_CASE("a report that changes no member makes no event, and shows that the session lives") {
  Running running;
  Client client(running.bus, true);
  running.registry->run_until_idle();
  running.tell(started("s1"));
  const Told report =
      told("status.reported", {{"cost.total_usd_micros", 5}, {"duration.total_ms", 1'000}}).at(1s);
  running.tell(report);
  client.drain();
  const std::size_t events = client.received.size();
  const auto told_before = running.registry->stats().observations;
  for (int i = 1; i <= 20; ++i) {
    Told later = report;
    later.attrs.back().second = 1'000 + i * 10'000;
    running.tell(later.at(1s + i * 10s));
    running.tick(10s);
  }
  client.drain();
  CHECK(client.received.size() == events);
  CHECK(running.registry->stats().observations == told_before + 20);
  CHECK(running.sessions()["s1"].find("stale") == std::string::npos);
}

TEST_CASE("what is expected of a session is checked before anything changes") {
  Running running;
  CHECK(running.tell(told("status.reported"), ATM_EXPECT_PRESENT) == ATM_E_NOT_FOUND);
  CHECK(running.tell(started("s1"), ATM_EXPECT_ABSENT) == ATM_OK);
  CHECK(running.tell(started("s1"), ATM_EXPECT_ABSENT) == ATM_E_EXISTS);
  CHECK(running.registry->stats().observations == 1);
  CHECK(running.tell(told("session.ended"), ATM_EXPECT_PRESENT) == ATM_OK);
  CHECK(running.tell(started("s1"), ATM_EXPECT_ABSENT) == ATM_OK);
}

TEST_CASE("a weak source begins no session") {
  Running running;
  CHECK(running.tell(told("notice")) == ATM_OK);
  CHECK(running.sessions().empty());
  CHECK(running.registry->stats().ignored == 1);
}

TEST_CASE("TRAP-W6: the limit of sessions holds on every path that begins one", "[TRAP-W6]") {
  Running running(limited(2));
  running.tell(started("s1"));
  running.tell(started("s2"));
  CHECK(running.tell(started("s3")) == ATM_E_FULL);
  CHECK(running.tell(started("s3"), ATM_EXPECT_ABSENT) == ATM_E_FULL);
  CHECK(running.tell(told("status.reported").of("s3")) == ATM_E_FULL);
  CHECK(running.tell(told("process.bound", {{"pid", 4}}).of("s3")) == ATM_E_FULL);
  CHECK(running.tell(tool_started("t1").of("s3")) == ATM_E_FULL);
  std::vector<Observation> record;
  record.push_back(told("process.bound", {{"pid", 4}}).of("s3").copy());
  record.push_back(told("prompt.submitted").of("s3").copy());
  CHECK(running.registry->observe_all(std::move(record)) == ATM_OK);
  running.registry->run_until_idle();
  running.tell(told("session.replaced", {{"by", std::string("s3")}}).of("s1"));
  const auto left = running.sessions();
  CHECK(left.size() == 2);
  CHECK(left.count("s3") == 1);  // s1 goes on as s3: one for one
  CHECK(running.registry->stats().rejected_full == 7);
}

TEST_CASE("TRAP-W6: a full registry gives up what has ended, then the stale, then nothing", "[TRAP-W6]") {
  Running running(limited(3));
  running.tell(started("quiet"));
  running.live(100s);
  running.tell(started("ended"));
  running.tell(told("session.ended").of("ended"));
  running.tell(started("busy"));
  Client client(running.bus);
  running.registry->run_until_idle();
  CHECK(running.tell(started("n1")) == ATM_OK);
  CHECK(running.tell(started("n2")) == ATM_OK);
  CHECK(running.tell(started("n3")) == ATM_E_FULL);
  client.drain();
  std::vector<std::string> gone;
  for (const Received& one : state_events(client)) {
    if (one.kind != ATM_EVENT_SESSION_REMOVED) continue;
    CHECK(one.type == "evicted");
    gone.push_back(one.session);
  }
  CHECK(gone == std::vector<std::string>{"ended", "quiet"});
  CHECK(running.registry->stats().evicted == 2);
}

TEST_CASE("TRAP-S8: a session that goes on under another id is removed, and the new one knows its process",
          "[TRAP-S8]") {
  Running running;
  running.tell(told("process.bound", {{"pid", 100}, {"start_ticks", 7}, {"tmux.pane", std::string("%3")}}));
  running.tell(told("status.reported", {{"cost.total_usd_micros", 500}}));
  Client client(running.bus);
  running.registry->run_until_idle();
  running.tell(told("session.replaced", {{"by", std::string("s2")}}));
  client.drain();
  const auto events = state_events(client);
  REQUIRE(events.size() == 2);
  CHECK(events[0].session == "s1");
  CHECK(events[0].type == "replaced");
  CHECK(events[1].session == "s2");
  CHECK(events[1].kind == ATM_EVENT_SESSION_REGISTERED);
  CHECK(events[1].json.find("\"pid\":100") != std::string::npos);
  CHECK(events[1].json.find("%3") != std::string::npos);
  CHECK(events[1].json.find("usd_micros") == std::string::npos);
}

TEST_CASE("TRAP-S9: a session found by its process is replaced when its id is known", "[TRAP-S9]") {
  Running running;
  running.tell(told("session.started", {{"source", std::string("discovered")}, {"cwd", std::string("/w")}})
                   .of("pending-77"));
  running.tell(told("process.bound", {{"pid", 77}, {"start_ticks", 5}}).of("pending-77"));
  Client client(running.bus);
  running.registry->run_until_idle();
  SECTION("by the same process") {
    running.tell(told("process.bound", {{"pid", 77}, {"start_ticks", 5}}).of("real"));
    client.drain();
    const auto events = state_events(client);
    REQUIRE(events.size() == 2);
    CHECK(events[0].session == "pending-77");
    CHECK(events[0].type == "replaced");
    CHECK(events[1].session == "real");
    CHECK(events[1].kind == ATM_EVENT_SESSION_REGISTERED);
    CHECK(events[1].json.find("\"/w\"") != std::string::npos);
  }
  SECTION("not by one that has its pid again") {
    running.tell(told("process.bound", {{"pid", 77}, {"start_ticks", 6}}).of("real"));
    CHECK(running.sessions().size() == 2);
  }
}

TEST_CASE("one process may hold several sessions, and all end with it") {
  Running running;
  for (const char* id : {"s1", "s2"})
    running.tell(told("process.bound", {{"pid", 9}, {"start_ticks", 1}}).of(id));
  running.tell(told("process.bound", {{"pid", 10}, {"start_ticks", 1}}).of("s3"));
  running.tell(told("process.exited", {{"pid", 9}, {"start_ticks", 1}}).of("s1"));
  const auto sessions = running.sessions();
  CHECK(sessions.at("s1").find("\"ended\"") != std::string::npos);
  CHECK(sessions.at("s2").find("\"ended\"") != std::string::npos);
  CHECK(sessions.at("s3").find("\"ended\"") == std::string::npos);
}

TEST_CASE("a snapshot holds what was observed before it, and says which session it does not have") {
  Running running;
  CHECK(running.registry->observe(started("s1").copy()) == ATM_OK);
  struct Answer {
    atm_status status = ATM_SKIP;
    std::uint64_t seq = 0;
    std::vector<std::string> items;
    static void take(void* self, atm_status status, std::uint64_t seq, const atm_str* items,
                     std::uint64_t count) {
      auto& to = *static_cast<Answer*>(self);
      to.status = status;
      to.seq = seq;
      for (std::uint64_t i = 0; i < count; ++i) to.items.emplace_back(text_of(items[i]));
    }
  };
  Answer one;
  Answer none;
  Answer all;
  CHECK(running.registry->snapshot("s1", &Answer::take, &one) == ATM_OK);
  CHECK(running.registry->snapshot("nobody", &Answer::take, &none) == ATM_OK);
  CHECK(running.registry->snapshot("", &Answer::take, &all) == ATM_OK);
  running.registry->run_until_idle();
  CHECK(one.status == ATM_OK);
  REQUIRE(one.items.size() == 1);
  CHECK(one.items[0].find("\"s1\"") != std::string::npos);
  CHECK(none.status == ATM_E_NOT_FOUND);
  CHECK(all.items == one.items);
  CHECK(all.seq == 2);
}

TEST_CASE("a full mailbox takes nothing, and counts the loss by origin") {
  RegistryOptions options;
  options.mailbox = 2;
  Running running(std::move(options));
  std::vector<Observation> three;
  for (int i = 0; i < 3; ++i) three.push_back(started("s").copy());
  CHECK(running.registry->observe_all(std::move(three)) == ATM_E_TOO_LARGE);
  CHECK(running.registry->observe(started("s1").copy()) == ATM_OK);
  std::vector<Observation> two;
  for (int i = 0; i < 2; ++i) two.push_back(started("s").from("x/hook").copy());
  CHECK(running.registry->observe_all(std::move(two)) == ATM_E_BUSY);
  CHECK(running.registry->observe(started("s2").copy()) == ATM_OK);
  CHECK(running.registry->observe(started("s3").from("y/hook").copy()) == ATM_E_BUSY);
  running.registry->run_until_idle();
  CHECK(running.sessions().size() == 2);
  const RegistryStats stats = running.registry->stats();
  CHECK(stats.dropped_busy.counts().at("x/hook") == 2);
  CHECK(stats.dropped_busy.counts().at("y/hook") == 1);
}

TEST_CASE("types nobody knows are counted by name, up to a bound") {
  Running running;
  running.tell(started("s1"));
  for (int i = 0; i < 100; ++i) running.tell(told("vendor.type" + std::to_string(i)));
  const RegistryStats stats = running.registry->stats();
  CHECK(stats.other_types.total() == 100);
  CHECK(stats.other_types.counts().size() == 64);
  CHECK(stats.other_types.others() == 36);
}

TEST_CASE("TRAP-W9: a registry that failed says so to everybody, and is not mistaken for a full one",
          "[TRAP-W9]") {
  RegistryOptions options;
  bool broken = false;
  options.encoder.session = [&broken](const SessionDomain&, const SessionInfrastructure&) -> std::string {
    if (broken) throw std::runtime_error("encoder broke");
    return "{}";
  };
  Running running(std::move(options));
  Client client(running.bus);
  running.tell(started("s1"));
  broken = true;
  atm_status waiting = ATM_SKIP;
  const auto done = [](void* to, atm_status what) { *static_cast<atm_status*>(to) = what; };
  CHECK(running.registry->observe(told("prompt.submitted").copy(), ATM_EXPECT_ANY, done, &waiting) == ATM_OK);
  const int calls = client.ready_calls;
  client.drain();
  running.registry->run_until_idle();
  CHECK(running.registry->is_dead());
  CHECK(running.registry->stats().dead);
  CHECK(running.death == "encoder broke");
  CHECK(waiting == ATM_E_CLOSED);
  CHECK(running.registry->observe(started("s2").copy()) == ATM_E_CLOSED);
  CHECK(running.registry->tick({}) == ATM_E_CLOSED);
  CHECK(running.registry->snapshot(
            "", [](void*, atm_status, std::uint64_t, const atm_str*, std::uint64_t) {}, nullptr) ==
        ATM_E_CLOSED);
  CHECK(client.ready_calls > calls);
  CHECK(client.drain() == ATM_E_CLOSED);
}

TEST_CASE("TRAP-W9: what waits behind the failure is answered too", "[TRAP-W9]") {
  RegistryOptions options;
  options.encoder.session = [](const SessionDomain&, const SessionInfrastructure&) -> std::string {
    throw std::runtime_error("encoder broke");
  };
  Running running(std::move(options));
  std::vector<atm_status> answers(3, ATM_SKIP);
  const auto done = [](void* to, atm_status what) { *static_cast<atm_status*>(to) = what; };
  const auto shown = [](void* to, atm_status what, std::uint64_t, const atm_str*, std::uint64_t) {
    *static_cast<atm_status*>(to) = what;
  };
  CHECK(running.registry->observe(started("s1").copy(), ATM_EXPECT_ANY, done, &answers[0]) == ATM_OK);
  CHECK(running.registry->snapshot("s1", shown, &answers[1]) == ATM_OK);
  CHECK(running.registry->observe(started("s2").copy(), ATM_EXPECT_ANY, done, &answers[2]) == ATM_OK);
  running.registry->run_until_idle();
  CHECK(answers == std::vector<atm_status>{ATM_OK, ATM_E_CLOSED, ATM_E_CLOSED});
  CHECK(running.registry->is_dead());
}

TEST_CASE("TRAP-W8: text cut within a character does not hurt the registry", "[TRAP-W8]") {
  Running running;
  std::string path(4095, 'a');
  path += "\xC3\xA9\xC3\xA9";
  running.tell(told("status.reported", {{"cwd", path}, {"model.id", std::string("m\xFF\xC3")}}));
  running.tell(told("status.reported", {{"cwd", std::string("/\xE2\x82")}}).of("s2"));
  const auto sessions = running.sessions();
  REQUIRE(sessions.size() == 2);
  CHECK(utf8_valid(sessions.at("s1")));
  CHECK(utf8_valid(sessions.at("s2")));
  CHECK_FALSE(running.registry->is_dead());
}

TEST_CASE("whoever still waits when the registry goes away is told") {
  atm_status waiting = ATM_SKIP;
  {
    Running running;
    const auto done = [](void* to, atm_status what) { *static_cast<atm_status*>(to) = what; };
    CHECK(running.registry->observe(started("s1").copy(), ATM_EXPECT_ANY, done, &waiting) == ATM_OK);
  }
  CHECK(waiting == ATM_E_CLOSED);
}

TEST_CASE("an edge that waited during a pause is a record where its session has heard newer evidence") {
  Running running;
  running.tell(started("s1").at(1s));
  running.tell(level("idle").at(30s));
  const auto late_prompt = [](std::chrono::nanoseconds at) {
    Told told = prompt("p1").at(at);
    told.attrs.emplace_back("late", true);
    return told;
  };
  SECTION("older than the level: it opens no turn") {
    running.tell(late_prompt(10s));
    CHECK(running.sessions().at("s1").find("\"thinking\"") == std::string::npos);
  }
  SECTION("newer than everything: it is an edge") {
    running.tell(late_prompt(40s));
    CHECK(running.sessions().at("s1").find("\"thinking\"") != std::string::npos);
  }
  SECTION("of a session that nothing was heard of") {
    running.tell(late_prompt(10s).of("s2"));
    CHECK(running.sessions().at("s2").find("\"thinking\"") != std::string::npos);
  }
}
