// SPDX-License-Identifier: MIT
// Effects of time on sessions: STATE-I7, STATE-I8, TRAP-S11.
#include <algorithm>
#include <cstdint>
#include <vector>

#include "kernel/registry/registry.hpp"
#include "registry_fixture.hpp"
#include "support/catch.hpp"

using namespace atm;
using namespace atm::kernel;
using namespace atm::kernel::test;

namespace {

bool is(RegistryFixture& registry, const std::string& id, const char* status) {
  const auto sessions = registry.sessions();
  const auto at = sessions.find(id);
  return at != sessions.end() && at->second.find(std::string("\"status\":\"") + status) != std::string::npos;
}

auto says(Liveness liveness) {
  return [liveness](const ProcessPlace&) { return liveness; };
}

}  // namespace

TEST_CASE("a session is fresh for 90 s of silence, then stale, then gone at the next clean-up") {
  RegistryFixture registry;
  registry.tick(0s);
  registry.observe(started("s1"));
  registry.tick(30s);
  registry.tick(59s);
  CHECK(is(registry, "s1", "idle"));
  registry.tick(2s);
  CHECK(is(registry, "s1", "stale"));
  registry.tick(30s);
  CHECK_FALSE(registry.has("s1"));
  CHECK(registry.removal_reason() == "stale");
}

TEST_CASE("any observation of a stale session makes it fresh") {
  RegistryFixture registry;
  registry.observe(observed("prompt.submitted"));
  registry.live(120s);
  REQUIRE(is(registry, "s1", "stale"));
  registry.observe(observed("status.reported"));
  CHECK(is(registry, "s1", "thinking"));
}

TEST_CASE("a session with a live process is never removed for silence or age") {
  RegistryFixture registry;
  registry.observe(observed("process.bound", {{"pid", 5}, {"start_ticks", 1}}));
  for (int i = 0; i < 25 * 120; ++i) registry.tick(30s, says(Liveness::kAlive));
  CHECK(is(registry, "s1", "idle"));
}

TEST_CASE("a clean-up asks once about each process of a session") {
  RegistryOptions options;
  options.verify = says(Liveness::kAlive);
  RegistryFixture registry(std::move(options));
  registry.observe(observed("process.bound", {{"pid", 7}, {"start_ticks", 70}}));
  registry.observe(observed("process.bound", {{"pid", 8}, {"start_ticks", 80}}));
  std::vector<std::int64_t> asked;
  const auto ask = [&asked](std::int64_t gone) {
    return [&asked, gone](const ProcessPlace& place) {
      asked.push_back(place.pid.value_or(0));
      return place.pid == gone ? Liveness::kGone : Liveness::kAlive;
    };
  };
  registry.tick(1s, ask(0));
  CHECK(asked == std::vector<std::int64_t>{8, 7});
  asked.clear();
  registry.tick(1s, ask(7));
  registry.tick(1s, ask(7));
  CHECK(asked == std::vector<std::int64_t>{8, 7, 8});
  CHECK(is(registry, "s1", "idle"));
}

TEST_CASE("a stale session is fresh again once its process is verified") {
  RegistryFixture registry;
  registry.observe(observed("process.bound", {{"pid", 5}}));
  registry.live(120s);
  REQUIRE(is(registry, "s1", "stale"));
  registry.tick(30s, says(Liveness::kAlive));
  CHECK(is(registry, "s1", "idle"));
}

TEST_CASE("OBS-E4: a session with an exited process ends, stays visible, and is removed with that reason") {
  RegistryFixture registry;
  registry.observe(observed("process.bound", {{"pid", 5}}));
  registry.tick(1s, says(Liveness::kGone));
  CHECK(is(registry, "s1", "ended"));
  registry.tick(5s);
  CHECK(is(registry, "s1", "ended"));
  registry.tick(30s);
  CHECK_FALSE(registry.has("s1"));
  CHECK(registry.removal_reason() == "process_exited");
}

TEST_CASE("an ended session is removed after its grace period, even if late reports arrive") {
  RegistryFixture registry;
  registry.observe(started("s1"));
  registry.observe(observed("session.ended"));
  registry.mono_ns += 9'000'000'000;
  registry.observe(observed("status.reported"));
  registry.tick(2s);
  CHECK_FALSE(registry.has("s1"));
  CHECK(registry.removal_reason() == "ended");
}

TEST_CASE("an unverified session is removed after 24 h, busy or not") {
  RegistryFixture registry;
  registry.observe(started("s1"));
  for (int i = 0; i < 24 * 120; ++i) {
    registry.tick(30s);
    registry.observe(observed("status.reported"));
  }
  CHECK(registry.has("s1"));
  registry.tick(30s);
  CHECK_FALSE(registry.has("s1"));
  CHECK(registry.removal_reason() == "forced_cleanup");
}

TEST_CASE("TRAP-S11: no session expires during a suspend", "[TRAP-S11]") {
  RegistryFixture registry;
  registry.observe(started("s1"));
  registry.observe(started("s2"));
  registry.live(60s);
  registry.tick(8h);
  CHECK(is(registry, "s1", "idle"));
  CHECK(is(registry, "s2", "idle"));
  registry.live(60s);
  CHECK(is(registry, "s1", "stale"));
}

TEST_CASE("TRAP-S11: stepped clocks of senders neither expire sessions nor keep them", "[TRAP-S11]") {
  RegistryFixture registry;
  registry.tick(0s);
  registry.observe(started("past").at(-48h));
  registry.observe(started("future").at(48h));
  registry.live(60s);
  CHECK(is(registry, "past", "idle"));
  CHECK(is(registry, "future", "idle"));
  registry.live(60s);
  CHECK(is(registry, "past", "stale"));
  CHECK(is(registry, "future", "stale"));
}

TEST_CASE("TRAP-S11: awake time neither decreases nor jumps", "[TRAP-S11]") {
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

TEST_CASE("STATE-D2: a stopped process makes its session uncertain until it continues", "[STATE-D2]") {
  RegistryFixture registry;
  registry.observe(observed("process.bound", {{"pid", 5}, {"start_ticks", 1}}));
  registry.observe(prompt("p1"));
  registry.tick(1s, says(Liveness::kAlive));
  const auto shows = [&registry](const std::string& text) {
    return registry.sessions().at("s1").find(text) != std::string::npos;
  };
  REQUIRE(shows(R"("status":"thinking")"));
  REQUIRE(shows(R"("certain":true)"));
  registry.tick(1s, says(Liveness::kStopped));
  CHECK(shows(R"("status":"thinking")"));
  CHECK(shows(R"("detail":{"word":"stopped"})"));
  CHECK(shows(R"("certain":false)"));
  CHECK(shows(R"("verified":true)"));
  SECTION("the process continues") {
    registry.tick(1s, says(Liveness::kAlive));
  }
  SECTION("a hook of the session arrives") {
    registry.observe(tool_started("t1").at(3s));
  }
  SECTION("its level changes") {
    registry.observe(level("busy").at(3s));
  }
  CHECK_FALSE(shows("stopped"));
  CHECK(shows(R"("certain":true)"));
}

TEST_CASE("STATE-I13: a session known only by its process is removed with it at once", "[STATE-I13]") {
  RegistryFixture registry;
  const ObservationSpec bound = observed("process.bound", {{"pid", 5}, {"start_ticks", 1}}).of("pending-5");
  registry.observe(bound);
  registry.observe(observed("session.started", {{"source", std::string("discovered")}}).of("pending-5"));
  REQUIRE(is(registry, "pending-5", "idle"));
  SECTION("its end is reported") {
    registry.observe(observed("process.exited", {{"pid", 5}, {"start_ticks", 1}}).of("pending-5"));
  }
  SECTION("its end is reported for another session of the process") {
    registry.observe(observed("process.exited", {{"pid", 5}, {"start_ticks", 1}}).of("other"));
  }
  SECTION("a clean-up finds that it has exited") {
    registry.tick(1s, says(Liveness::kGone));
  }
  CHECK_FALSE(registry.has("pending-5"));
  CHECK(registry.removal_reason() == "process_exited");
}

TEST_CASE("STATE-I12: a question at the start is uncertain, and raises attention once, after 30 s",
          "[STATE-I12]") {
  RegistryFixture registry;
  registry.observe(observed("process.bound", {{"pid", 5}, {"start_ticks", 1}}).of("pending-5"));
  registry.observe(observed("session.started", {{"source", std::string("discovered")}}).of("pending-5"));
  const ObservationSpec asks = level("waiting", "startup").of("pending-5").at(10s);
  registry.observe(asks);
  const auto shows = [&registry](const std::string& text) {
    return registry.sessions().at("pending-5").find(text) != std::string::npos;
  };
  const auto raised = [&registry] {
    return std::count_if(registry.log.events.begin(), registry.log.events.end(),
                         [](const Received& one) { return one.type == "attention.raised"; });
  };
  CHECK(shows(R"("status":"waiting_for_input","reason":"startup")"));
  CHECK(shows(R"("certain":false)"));
  registry.tick(29s, says(Liveness::kAlive));
  registry.observe(asks);
  CHECK(raised() == 0);
  registry.tick(2s, says(Liveness::kAlive));
  CHECK(raised() == 1);
  CHECK(shows(R"("certain":false)"));
  registry.observe(asks);
  registry.tick(30s, says(Liveness::kAlive));
  CHECK(raised() == 1);
  registry.observe(observed("process.bound", {{"pid", 5}, {"start_ticks", 1}}).of("s1"));
  CHECK_FALSE(registry.has("pending-5"));
  CHECK(registry.has("s1"));
}
