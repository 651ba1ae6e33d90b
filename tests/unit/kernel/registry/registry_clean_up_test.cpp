// SPDX-License-Identifier: MIT
// What time does to sessions: STATE-I7, STATE-I8, TRAP-S11.
#include <algorithm>

#include "kernel/registry/registry.hpp"
#include "running.hpp"
#include "support/catch.hpp"

using namespace atm;
using namespace atm::kernel;
using namespace atm::kernel::test;

namespace {

bool is(Running& running, const std::string& id, const char* status) {
  const auto sessions = running.sessions();
  const auto at = sessions.find(id);
  return at != sessions.end() && at->second.find(std::string("\"status\":\"") + status) != std::string::npos;
}

std::string removal_reason(Client& client) {
  client.drain();
  for (const Received& one : client.received) {
    if (one.kind == ATM_EVENT_SESSION_REMOVED) return one.type;
  }
  return {};
}

auto says(Liveness liveness) {
  return [liveness](const SessionInfrastructure&) { return liveness; };
}

}  // namespace

TEST_CASE("a session is fresh for 90 s of silence, then stale, then gone at the next clean-up") {
  Running running;
  Client client(running.bus);
  running.tick(0s);
  running.tell(started("s1"));
  running.tick(30s);
  running.tick(59s);
  CHECK(is(running, "s1", "idle"));
  running.tick(2s);
  CHECK(is(running, "s1", "stale"));
  running.tick(30s);
  CHECK_FALSE(running.has("s1"));
  CHECK(removal_reason(client) == "stale");
}

TEST_CASE("whatever a stale session says takes it back") {
  Running running;
  running.tell(told("prompt.submitted"));
  running.live(120s);
  REQUIRE(is(running, "s1", "stale"));
  running.tell(told("status.reported"));
  CHECK(is(running, "s1", "thinking"));
}

TEST_CASE("a session whose process is verified alive is never removed for being quiet or old") {
  Running running;
  running.tell(told("process.bound", {{"pid", 5}, {"start_ticks", 1}}));
  for (int i = 0; i < 25 * 120; ++i) running.tick(30s, says(Liveness::kAlive));
  CHECK(is(running, "s1", "idle"));
}

TEST_CASE("a stale session is fresh again once its process is verified") {
  Running running;
  running.tell(told("process.bound", {{"pid", 5}}));
  running.live(120s);
  REQUIRE(is(running, "s1", "stale"));
  running.tick(30s, says(Liveness::kAlive));
  CHECK(is(running, "s1", "idle"));
}

TEST_CASE("a session whose process is gone ends, is still shown, and is removed for that reason") {
  Running running;
  Client client(running.bus);
  running.tell(told("process.bound", {{"pid", 5}}));
  running.tick(1s, says(Liveness::kGone));
  CHECK(is(running, "s1", "ended"));
  running.tick(5s);
  CHECK(is(running, "s1", "ended"));
  running.tick(30s);
  CHECK_FALSE(running.has("s1"));
  CHECK(removal_reason(client) == "process_exited");
}

TEST_CASE("an ended session is removed after its grace, even while late reports trickle in") {
  Running running;
  Client client(running.bus);
  running.tell(started("s1"));
  running.tell(told("session.ended"));
  running.mono_ns += 9'000'000'000;
  running.tell(told("status.reported"));
  running.tick(2s);
  CHECK_FALSE(running.has("s1"));
  CHECK(removal_reason(client) == "ended");
}

TEST_CASE("a session nobody verified is removed after 24 h, busy or not") {
  Running running;
  Client client(running.bus);
  running.tell(started("s1"));
  for (int i = 0; i < 24 * 120; ++i) {
    running.tick(30s);
    running.tell(told("status.reported"));
  }
  CHECK(running.has("s1"));
  running.tick(30s);
  CHECK_FALSE(running.has("s1"));
  CHECK(removal_reason(client) == "forced_cleanup");
}

TEST_CASE("TRAP-S11: a night's sleep expires nothing", "[TRAP-S11]") {
  Running running;
  running.tell(started("s1"));
  running.tell(started("s2"));
  running.live(60s);
  running.tick(8h);
  CHECK(is(running, "s1", "idle"));
  CHECK(is(running, "s2", "idle"));
  running.live(60s);
  CHECK(is(running, "s1", "stale"));
}

TEST_CASE("TRAP-S11: senders whose clocks step expire nothing and make nothing immortal", "[TRAP-S11]") {
  Running running;
  running.tick(0s);
  running.tell(started("past").at(-48h));
  running.tell(started("future").at(48h));
  running.live(60s);
  CHECK(is(running, "past", "idle"));
  CHECK(is(running, "future", "idle"));
  running.live(60s);
  CHECK(is(running, "past", "stale"));
  CHECK(is(running, "future", "stale"));
}

TEST_CASE("TRAP-S11: awake time neither goes back nor leaps", "[TRAP-S11]") {
  AwakeClock clock(60);
  CHECK(clock.at(1000) == 0);
  CHECK(clock.at(1030) == 30);
  CHECK(clock.at(900) == 30);
  CHECK(clock.advance(1040) == 40);
  CHECK(clock.at(1100) == 100);
  CHECK(clock.at(99'999) == 100);
  CHECK(clock.advance(99'999) == 100);
  CHECK(clock.at(100'009) == 110);
}

TEST_CASE("STATE-D2: a stopped process makes its session uncertain until it goes on", "[STATE-D2]") {
  Running running;
  running.tell(told("process.bound", {{"pid", 5}, {"start_ticks", 1}}));
  running.tell(prompt("p1"));
  running.tick(1s, says(Liveness::kAlive));
  const auto shows = [&running](const std::string& text) {
    return running.sessions().at("s1").find(text) != std::string::npos;
  };
  REQUIRE(shows(R"("status":"thinking")"));
  REQUIRE(shows(R"("certain":true)"));
  running.tick(1s, says(Liveness::kStopped));
  CHECK(shows(R"("status":"thinking")"));
  CHECK(shows(R"("detail":{"word":"stopped"})"));
  CHECK(shows(R"("certain":false)"));
  CHECK(shows(R"("verified":true)"));
  SECTION("the process goes on") {
    running.tick(1s, says(Liveness::kAlive));
  }
  SECTION("a hook of it arrives") {
    running.tell(tool_started("t1").at(3s));
  }
  SECTION("its level changes") {
    running.tell(level("busy").at(3s));
  }
  CHECK_FALSE(shows("stopped"));
  CHECK(shows(R"("certain":true)"));
}

TEST_CASE("STATE-I13: what is known by its process alone is removed with it, at once", "[STATE-I13]") {
  Running running;
  Client client(running.bus);
  const Told bound = told("process.bound", {{"pid", 5}, {"start_ticks", 1}}).of("pending-5");
  running.tell(bound);
  running.tell(told("session.started", {{"source", std::string("discovered")}}).of("pending-5"));
  REQUIRE(is(running, "pending-5", "idle"));
  SECTION("its end is told") {
    running.tell(told("process.exited", {{"pid", 5}, {"start_ticks", 1}}).of("pending-5"));
  }
  SECTION("its end is told of another session in it") {
    running.tell(told("process.exited", {{"pid", 5}, {"start_ticks", 1}}).of("other"));
  }
  SECTION("a clean-up sees that it is gone") {
    running.tick(1s, says(Liveness::kGone));
  }
  CHECK_FALSE(running.has("pending-5"));
  CHECK(removal_reason(client) == "process_exited");
}

TEST_CASE("STATE-I12: a question at the start is uncertain, and calls once, after 30 s", "[STATE-I12]") {
  Running running;
  Client client(running.bus, true);
  running.tell(told("process.bound", {{"pid", 5}, {"start_ticks", 1}}).of("pending-5"));
  running.tell(told("session.started", {{"source", std::string("discovered")}}).of("pending-5"));
  const Told asks = level("waiting", "startup").of("pending-5").at(10s);
  running.tell(asks);
  const auto shows = [&running](const std::string& text) {
    return running.sessions().at("pending-5").find(text) != std::string::npos;
  };
  const auto raised = [&client] {
    client.drain();
    return std::count_if(client.received.begin(), client.received.end(),
                         [](const Received& one) { return one.type == "attention.raised"; });
  };
  CHECK(shows(R"("status":"waiting_for_input","reason":"startup")"));
  CHECK(shows(R"("certain":false)"));
  running.tick(29s, says(Liveness::kAlive));
  running.tell(asks);
  CHECK(raised() == 0);
  running.tick(2s, says(Liveness::kAlive));
  CHECK(raised() == 1);
  CHECK(shows(R"("certain":false)"));
  running.tell(asks);
  running.tick(30s, says(Liveness::kAlive));
  CHECK(raised() == 1);
  running.tell(told("process.bound", {{"pid", 5}, {"start_ticks", 1}}).of("s1"));
  CHECK_FALSE(running.has("pending-5"));
  CHECK(running.has("s1"));
}
