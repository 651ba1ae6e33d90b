// SPDX-License-Identifier: MIT
// The session and the effects of observations; TRAP-S8, TRAP-W6.
#include "kernel/registry/registry.hpp"

#include "registry_fixture.hpp"
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

}  // namespace

TEST_CASE("the first observation of a session registers it, the next updates it") {
  RegistryFixture registry;
  registry.observe(started("s1"));
  registry.observe(observed("prompt.submitted"));
  const auto events = registry.state_events();
  REQUIRE(events.size() == 2);
  CHECK(events[0].kind == ATM_EVENT_SESSION_REGISTERED);
  CHECK(events[0].rev == 1);
  CHECK(events[1].kind == ATM_EVENT_SESSION_UPDATED);
  CHECK(events[1].rev == 2);
  CHECK(events[1].json.find("\"thinking\"") != std::string::npos);
}

TEST_CASE("a known binding makes no event, one with more data does") {
  RegistryFixture registry;
  registry.observe(started("s1"));
  const auto revision = [&] { return registry.state_events().back().rev; };
  registry.observe(observed("process.bound", {{"pid", 7}, {"start_ticks", 70}}));
  const auto bound = revision();
  registry.observe(observed("process.bound", {{"pid", 7}, {"start_ticks", 70}}));
  registry.observe(observed("process.bound", {{"pid", 7}}));
  CHECK(revision() == bound);
  registry.observe(
      observed("process.bound", {{"pid", 7}, {"start_ticks", 70}, {"tty", std::string("/dev/pts/1")}}));
  CHECK(revision() == bound + 1);
  registry.observe(observed("process.bound", {{"pid", 7}, {"start_ticks", 71}}));
  CHECK(revision() == bound + 2);
  registry.observe(
      observed("process.bound", {{"pid", 7}, {"start_ticks", 71}, {"cwd", std::string("/home/dev")}}));
  CHECK(revision() == bound + 3);
}

TEST_CASE("a report that changes no member makes no event but counts as activity") {
  RegistryFixture registry;
  registry.observe(started("s1"));
  const ObservationSpec report =
      observed("status.reported", {{"cost.total_usd_micros", 5}, {"duration.total_ms", 1'000}}).at(1s);
  registry.observe(report);
  const std::size_t events = registry.log.events.size();
  const auto told_before = registry.registry.counts().observations;
  for (int i = 1; i <= 20; ++i) {
    ObservationSpec later = report;
    later.attrs.back().second = 1'000 + i * 10'000;
    registry.observe(later.at(1s + i * 10s));
    registry.tick(10s);
  }
  CHECK(registry.log.events.size() == events);
  CHECK(registry.registry.counts().observations == told_before + 20);
  CHECK(registry.sessions()["s1"].find("stale") == std::string::npos);
}

TEST_CASE("the expectation about a session is checked before any change") {
  RegistryFixture registry;
  CHECK(registry.observe(observed("status.reported"), ATM_EXPECT_PRESENT) == ATM_E_NOT_FOUND);
  CHECK(registry.observe(started("s1"), ATM_EXPECT_ABSENT) == ATM_OK);
  CHECK(registry.observe(started("s1"), ATM_EXPECT_ABSENT) == ATM_E_EXISTS);
  CHECK(registry.registry.counts().observations == 1);
  CHECK(registry.observe(observed("session.ended"), ATM_EXPECT_PRESENT) == ATM_OK);
  CHECK(registry.observe(started("s1"), ATM_EXPECT_ABSENT) == ATM_OK);
}

TEST_CASE("a weak source creates no session") {
  RegistryFixture registry;
  CHECK(registry.observe(observed("notice")) == ATM_OK);
  CHECK(registry.sessions().empty());
  CHECK(registry.registry.counts().ignored == 1);
}

TEST_CASE("TRAP-W6: the limit of sessions holds on every path that creates one", "[TRAP-W6]") {
  RegistryFixture registry(limited(2));
  registry.observe(started("s1"));
  registry.observe(started("s2"));
  CHECK(registry.observe(started("s3")) == ATM_E_FULL);
  CHECK(registry.observe(started("s3"), ATM_EXPECT_ABSENT) == ATM_E_FULL);
  CHECK(registry.observe(observed("status.reported").of("s3")) == ATM_E_FULL);
  CHECK(registry.observe(observed("process.bound", {{"pid", 4}}).of("s3")) == ATM_E_FULL);
  CHECK(registry.observe(tool_started("t1").of("s3")) == ATM_E_FULL);
  CHECK(registry.observe(observed("process.bound", {{"pid", 4}}).of("s3"), ATM_EXPECT_ANY, ProcessKey{4}) ==
        ATM_E_FULL);
  CHECK(registry.observe(observed("prompt.submitted").of("s3"), ATM_EXPECT_ANY, ProcessKey{4}) == ATM_E_FULL);
  registry.observe(observed("session.replaced", {{"by", std::string("s3")}}).of("s1"));
  const auto left = registry.sessions();
  CHECK(left.size() == 2);
  CHECK(left.count("s3") == 1);  // s3 replaces s1
  CHECK(registry.registry.counts().rejected_full == 7);
}

TEST_CASE("TRAP-W6: a full registry removes ended sessions, then stale ones, then none", "[TRAP-W6]") {
  RegistryFixture registry(limited(3));
  registry.observe(started("quiet"));
  registry.live(100s);
  registry.observe(started("ended"));
  registry.observe(observed("session.ended").of("ended"));
  registry.observe(started("busy"));
  registry.log.events.clear();
  CHECK(registry.observe(started("n1")) == ATM_OK);
  CHECK(registry.observe(started("n2")) == ATM_OK);
  CHECK(registry.observe(started("n3")) == ATM_E_FULL);
  std::vector<std::string> gone;
  for (const Received& one : registry.state_events()) {
    if (one.kind != ATM_EVENT_SESSION_REMOVED) continue;
    CHECK(one.type == "evicted");
    gone.push_back(one.session);
  }
  CHECK(gone == std::vector<std::string>{"ended", "quiet"});
  CHECK(registry.registry.counts().evicted == 2);
}

TEST_CASE("TRAP-S8: a session that continues under another id is removed, and the new one has its process",
          "[TRAP-S8]") {
  RegistryFixture registry;
  registry.observe(
      observed("process.bound", {{"pid", 100}, {"start_ticks", 7}, {"tmux.pane", std::string("%3")}}));
  registry.observe(observed("status.reported", {{"cost.total_usd_micros", 500}}));
  registry.log.events.clear();
  registry.observe(observed("session.replaced", {{"by", std::string("s2")}}));
  const auto events = registry.state_events();
  REQUIRE(events.size() == 3);
  CHECK(events[1].session == "s1");
  CHECK(events[1].type == "replaced");
  CHECK(events[2].session == "s2");
  CHECK(events[2].kind == ATM_EVENT_SESSION_REGISTERED);
  CHECK(events[2].json.find("\"pid\":100") != std::string::npos);
  CHECK(events[2].json.find("%3") != std::string::npos);
  CHECK(events[2].json.find("usd_micros") == std::string::npos);
}

TEST_CASE("TRAP-S9: a pending session is replaced when its id is known", "[TRAP-S9]") {
  RegistryFixture registry;
  registry.observe(
      observed("session.started", {{"source", std::string("discovered")}, {"cwd", std::string("/w")}})
          .of("pending-77"));
  registry.observe(observed("process.bound", {{"pid", 77}, {"start_ticks", 5}}).of("pending-77"));
  registry.log.events.clear();
  SECTION("by the same process") {
    registry.observe(observed("process.bound", {{"pid", 77}, {"start_ticks", 5}}).of("real"));
    const auto events = registry.state_events();
    REQUIRE(events.size() == 2);
    CHECK(events[0].session == "pending-77");
    CHECK(events[0].type == "replaced");
    CHECK(events[1].session == "real");
    CHECK(events[1].kind == ATM_EVENT_SESSION_REGISTERED);
    CHECK(events[1].json.find("\"/w\"") != std::string::npos);
  }
  SECTION("not by another process with a reused pid") {
    registry.observe(observed("process.bound", {{"pid", 77}, {"start_ticks", 6}}).of("real"));
    CHECK(registry.sessions().size() == 2);
  }
}

TEST_CASE("one process may hold several sessions, and all end with it") {
  RegistryFixture registry;
  for (const char* id : {"s1", "s2"})
    registry.observe(observed("process.bound", {{"pid", 9}, {"start_ticks", 1}}).of(id));
  registry.observe(observed("process.bound", {{"pid", 10}, {"start_ticks", 1}}).of("s3"));
  registry.observe(observed("process.exited", {{"pid", 9}, {"start_ticks", 1}}).of("s1"));
  const auto sessions = registry.sessions();
  CHECK(sessions.at("s1").find("\"ended\"") != std::string::npos);
  CHECK(sessions.at("s2").find("\"ended\"") != std::string::npos);
  CHECK(sessions.at("s3").find("\"ended\"") == std::string::npos);
}

TEST_CASE("OBS-O7: unknown types are counted by name up to a limit") {
  RegistryFixture registry;
  registry.observe(started("s1"));
  for (int i = 0; i < 100; ++i) registry.observe(observed("vendor.type" + std::to_string(i)));
  const BoundedCounters& other = registry.registry.other_types();
  CHECK(other.total() == 100);
  CHECK(other.counts().size() == 64);
  CHECK(other.others() == 36);
}

TEST_CASE("TRAP-W8: the registry accepts text that is cut within a character", "[TRAP-W8]") {
  RegistryFixture registry;
  std::string path(4095, 'a');
  path += "\xC3\xA9\xC3\xA9";
  registry.observe(observed("status.reported", {{"cwd", path}, {"model.id", std::string("m\xFF\xC3")}}));
  registry.observe(observed("status.reported", {{"cwd", std::string("/\xE2\x82")}}).of("s2"));
  const auto sessions = registry.sessions();
  REQUIRE(sessions.size() == 2);
  CHECK(utf8_valid(sessions.at("s1")));
  CHECK(utf8_valid(sessions.at("s2")));
}

TEST_CASE("an edge delayed by a pause counts as transcript evidence if its session has newer evidence") {
  RegistryFixture registry;
  registry.observe(started("s1").at(1s));
  registry.observe(level("idle").at(30s));
  const auto late_prompt = [](std::chrono::nanoseconds at) {
    ObservationSpec told = prompt("p1").at(at);
    told.attrs.emplace_back("late", true);
    return told;
  };
  SECTION("older than the level: the edge opens no turn") {
    registry.observe(late_prompt(10s));
    CHECK(registry.sessions().at("s1").find("\"thinking\"") == std::string::npos);
  }
  SECTION("newer than all evidence: the edge stays an edge") {
    registry.observe(late_prompt(40s));
    CHECK(registry.sessions().at("s1").find("\"thinking\"") != std::string::npos);
  }
  SECTION("for an unknown session") {
    registry.observe(late_prompt(10s).of("s2"));
    CHECK(registry.sessions().at("s2").find("\"thinking\"") != std::string::npos);
  }
}
