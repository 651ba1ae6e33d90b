// SPDX-License-Identifier: MIT
// The session of an observation and the process of a session: section 7; TRAP-S7, TRAP-S8, TRAP-S9.
#include "kernel/registry/registry.hpp"
#include "registry_fixture.hpp"
#include "support/catch.hpp"

using namespace atm;
using namespace atm::kernel;
using namespace atm::kernel::test;

namespace {

ObservationSpec bound(const char* id, int pid, int ticks, bool sole = false) {
  ObservationSpec one = observed("process.bound", {{"pid", pid}, {"start_ticks", ticks}});
  if (sole) one.attrs.emplace_back("sole", true);
  return one.of(id);
}
ObservationSpec ended(const char* id, const char* reason) {
  return observed("session.ended", {{"reason", std::string(reason)}}).of(id);
}
ObservationSpec resumed(const char* id) {
  return observed("session.started", {{"source", std::string("resume")}}).of(id);
}
std::string of(RegistryFixture& registry, const std::string& id) {
  const auto sessions = registry.sessions();
  const auto at = sessions.find(id);
  return at == sessions.end() ? std::string() : at->second;
}
bool is_ended(RegistryFixture& registry, const std::string& id) {
  return of(registry, id).find("\"status\":\"ended\"") != std::string::npos;
}
}  // namespace

TEST_CASE("STATE-I2: the end of a session in another process does not end it") {
  RegistryFixture registry;
  registry.observe(bound("s1", 5, 1));
  registry.observe(started("s1"));
  registry.observe(bound("s1", 6, 2));
  ObservationSpec end = ended("s1", "other");
  end.attrs.emplace_back("pid", 5);
  end.attrs.emplace_back("start_ticks", 1);
  registry.observe(end);
  CHECK_FALSE(is_ended(registry, "s1"));
  end.attrs[1].second = 6;
  end.attrs[2].second = 2;
  registry.observe(end);
  CHECK(is_ended(registry, "s1"));
}

TEST_CASE("STATE-I2: an ended session continues in another process") {
  RegistryFixture registry;
  registry.observe(bound("s1", 5, 1));
  registry.observe(started("s1"));
  registry.observe(ended("s1", "other").at(10s));
  registry.observe(bound("s1", 5, 1).at(20s));
  CHECK(is_ended(registry, "s1"));
  registry.observe(bound("s1", 6, 2).at(20s));
  CHECK_FALSE(is_ended(registry, "s1"));
  CHECK(of(registry, "s1").find("\"certain\":false") != std::string::npos);
}

TEST_CASE("STATE-I2: late hooks of an ended process do not reopen its session") {
  RegistryFixture registry;
  registry.observe(bound("s1", 5, 1));
  registry.observe(started("s1"));
  registry.observe(ended("s1", "other").at(10s));
  registry.observe(prompt("p2").of("s1").at(20s));
  CHECK(is_ended(registry, "s1"));
  registry.observe(resumed("s1").at(30s));
  CHECK_FALSE(is_ended(registry, "s1"));
}

TEST_CASE("STATE-I3: a replaced session that continues in another process gets the new terminal") {
  RegistryFixture registry;
  ObservationSpec first = bound("old", 5, 1, true);
  first.attrs.emplace_back("tmux.pane", std::string("%1"));
  registry.observe(first);
  registry.observe(started("old"));
  registry.observe(bound("new", 5, 1, true));
  registry.observe(resumed("new"));
  REQUIRE(of(registry, "old").empty());
  registry.observe(bound("old", 6, 2, true));
  registry.observe(resumed("old"));
  CHECK(of(registry, "old").find("\"pid\":6") != std::string::npos);
  CHECK(of(registry, "old").find("%1") == std::string::npos);
}

TEST_CASE("STATE-I3, TRAP-S8: in a process with one session the next session replaces the previous one",
          "[TRAP-S8]") {
  RegistryFixture registry;
  registry.observe(bound("old", 5, 1, true));
  registry.observe(observed("session.started", {{"cwd", std::string("/work")}}).of("old"));
  registry.observe(ended("old", "clear"));
  registry.observe(bound("new", 5, 1, true));
  CHECK_FALSE(registry.has("old"));
  CHECK(registry.removal_reason("old") == "replaced");
  CHECK(of(registry, "new").find("/work") != std::string::npos);
  SECTION("late observations do not restore it") {
    registry.observe(bound("old", 5, 1, true));
    registry.observe(observed("status.reported").of("old"));
    registry.observe(finished().of("old"));
    registry.observe(level("busy").of("old").at(-1s));
    registry.observe(observed("session.started", {{"source", std::string("discovered")}}).of("old"));
    CHECK_FALSE(registry.has("old"));
    CHECK(registry.has("new"));
  }
  SECTION("an edge that begins it restores it in its process") {
    registry.observe(bound("old", 5, 1, true));
    registry.observe(resumed("old"));
    CHECK(registry.has("old"));
    CHECK(of(registry, "old").find("\"pid\":5") != std::string::npos);
    CHECK_FALSE(registry.has("new"));
  }
  SECTION("a level that began after the replacement restores it") {
    registry.observe(bound("old", 5, 1, true));
    registry.observe(level("idle").of("old").at(10s));
    CHECK(registry.has("old"));
    CHECK_FALSE(registry.has("new"));
  }
  SECTION("it is forgotten after a minute") {
    registry.live(61s);
    registry.observe(observed("status.reported").of("old"));
    CHECK(registry.has("old"));
  }
}

TEST_CASE("STATE-I3: a process that may have several sessions keeps them") {
  RegistryFixture registry;
  registry.observe(bound("s1", 5, 1));
  registry.observe(bound("s2", 5, 1));
  registry.observe(bound("s3", 5, 2, true));
  CHECK(registry.sessions().size() == 3);
}

TEST_CASE("STATE-I3: an agent may report later that its process has one session") {
  RegistryFixture registry;
  registry.observe(bound("s1", 5, 1));
  registry.observe(bound("s2", 5, 1));
  registry.observe(bound("s2", 5, 1, true));
  CHECK_FALSE(registry.has("s1"));
}

TEST_CASE("STATE-I4, TRAP-S9: a process that has a session is not found again", "[TRAP-S9]") {
  RegistryFixture registry;
  registry.observe(bound("real", 77, 5));
  CHECK(registry.observe(bound("pending-77", 77, 5), ATM_EXPECT_ABSENT) == ATM_E_EXISTS);
  CHECK(registry.observe(bound("pending-77", 77, 5)) == ATM_OK);
  CHECK(registry.observe(
            observed("session.started", {{"source", std::string("discovered")}}).of("pending-77")) == ATM_OK);
  CHECK(registry.sessions().size() == 1);
  registry.observe(bound("pending-77", 77, 6));
  CHECK(registry.sessions().size() == 2);
}

TEST_CASE("a session known only by its end is not shown") {
  RegistryFixture registry;
  registry.observe(bound("s1", 5, 1));
  registry.observe(ended("s1", "other"));
  CHECK_FALSE(registry.has("s1"));
}

TEST_CASE("STATE-I6, TRAP-S7: the exit of an ended session changes nothing", "[TRAP-S7]") {
  RegistryFixture registry;
  registry.observe(bound("s1", 5, 1));
  registry.observe(started("s1"));
  registry.observe(ended("s1", "other"));
  const std::string before = of(registry, "s1");
  registry.observe(observed("process.exited", {{"pid", 5}, {"start_ticks", 1}}).of("s1"));
  CHECK(of(registry, "s1") == before);
}

TEST_CASE("STATE-I6: the agent's own reason is kept if it arrives after the exit") {
  RegistryFixture registry;
  registry.observe(bound("s1", 5, 1));
  registry.observe(started("s1"));
  registry.observe(observed("process.exited", {{"pid", 5}, {"start_ticks", 1}}).of("s1"));
  registry.observe(ended("s1", "prompt_input_exit"));
  registry.tick(11s);
  CHECK(registry.removal_reason("s1") == "ended");
}

TEST_CASE("STATE-I7: a session shows whether its process is verified alive") {
  RegistryFixture registry;
  registry.observe(bound("s1", 5, 1));
  const auto says = [](Liveness liveness) { return [liveness](const ProcessPlace&) { return liveness; }; };
  CHECK(of(registry, "s1").find("\"verified\":true") == std::string::npos);
  registry.tick(1s, says(Liveness::kAlive));
  const std::string alive = of(registry, "s1");
  CHECK(alive.find("\"verified\":true") != std::string::npos);
  registry.tick(1s, says(Liveness::kAlive));
  CHECK(of(registry, "s1") == alive);
  registry.tick(1s, says(Liveness::kUnknown));
  CHECK(of(registry, "s1").find("\"verified\":true") == std::string::npos);
}

TEST_CASE("STATE-E7: an event unknown to the parser is counted by agent version") {
  RegistryFixture registry;
  registry.observe(started("s1"));
  for (int i = 0; i < 3; ++i)
    registry.observe(
        observed("claude_code.future_event", {{"unknown", true}, {"version", std::string("2.1.400")}}));
  registry.observe(observed("claude_code.setup"));
  const auto& unknown = registry.registry.unknown_events().counts();
  CHECK(unknown.size() == 1);
  CHECK(unknown.at("claude_code.future_event 2.1.400") == 3);
}

namespace {

constexpr std::int64_t kNamespace = 4026532177;

ObservationSpec bound_in(std::int64_t pid_ns, const char* id, int pid, int ticks) {
  ObservationSpec one = bound(id, pid, ticks);
  one.attrs.emplace_back("pid_ns", pid_ns);
  return one;
}
ObservationSpec exited(const char* id, int pid, int ticks) {
  return observed("process.exited", {{"pid", pid}, {"start_ticks", ticks}}).of(id);
}

}  // namespace

TEST_CASE("STATE-A6, STATE-I13: the exit of a process clears the attention of its pending session",
          "[STATE-I13]") {
  RegistryFixture registry;
  registry.observe(bound("pending-77", 77, 5));
  registry.observe(failed().of("pending-77"));
  registry.observe(started("s1"));
  registry.log.events.clear();
  registry.observe(exited("s1", 77, 5));
  std::vector<std::string> events;
  for (const Received& one : registry.log.events) {
    if (one.session == "pending-77") events.push_back(one.type);
  }
  CHECK(events == std::vector<std::string>{"attention.cleared", "process_exited"});
}

TEST_CASE("STATE-I10: a pid of another PID namespace does not match a local pid", "[STATE-I10]") {
  RegistryFixture registry;
  registry.observe(bound_in(kNamespace, "s1", 7, 70));
  registry.observe(started("s1"));
  CHECK(of(registry, "s1").find(R"("process":{"pid_ns":4026532177,"ns_pid":7)") != std::string::npos);
  registry.observe(exited("other", 7, 70));
  CHECK_FALSE(is_ended(registry, "s1"));
  registry.observe(bound("s2", 7, 70, true));
  CHECK(registry.has("s1"));
  ObservationSpec end = ended("s1", "prompt_input_exit");
  end.attrs.emplace_back("pid", 7);
  end.attrs.emplace_back("start_ticks", 70);
  end.attrs.emplace_back("pid_ns", kNamespace + 1);
  registry.observe(end);
  CHECK_FALSE(is_ended(registry, "s1"));
  end.attrs.back().second = kNamespace;
  registry.observe(end);
  CHECK(is_ended(registry, "s1"));
}

TEST_CASE("STATE-I10: a sender without a namespace refers to the known process", "[STATE-I10]") {
  RegistryFixture registry;
  registry.observe(bound_in(kNamespace, "s1", 7, 70));
  registry.observe(bound("s1", 7, 70));
  CHECK(of(registry, "s1").find(R"("pid_ns":4026532177)") != std::string::npos);
  registry.observe(bound_in(0, "s1", 7, 70));
  CHECK(of(registry, "s1").find(R"("pid_ns":4026532177)") != std::string::npos);
  registry.observe(bound("s1", 5000, 70));
  CHECK(of(registry, "s1").find(R"("process":{"pid":5000,"start_ticks":70)") != std::string::npos);
}

TEST_CASE("STATE-I3, STATE-I10: /clear in an invisible process replaces the previous session",
          "[STATE-I3][STATE-I10]") {
  RegistryFixture registry;
  registry.observe(bound_in(kNamespace, "s1", 7, 70));
  ObservationSpec next = bound_in(kNamespace, "s2", 7, 70);
  next.attrs.emplace_back("sole", true);
  registry.observe(next);
  CHECK_FALSE(registry.has("s1"));
  CHECK(registry.has("s2"));
}

TEST_CASE("STATE-I11: an unverifiable level keeps its session and is uncertain after ten minutes",
          "[STATE-I11]") {
  RegistryFixture registry;
  registry.observe(bound_in(kNamespace, "s1", 7, 70));
  registry.observe(level("idle"));
  registry.observe(prompt("p1").at(1s));
  registry.observe(finished().at(2s));
  const auto live = [&registry](std::chrono::seconds seconds) {
    for (; seconds > 0s; seconds -= 30s) {
      registry.tick(30s);
      registry.observe(level("idle"));  // the source repeats the level: the session file still exists
      registry.observe(bound_in(kNamespace, "s1", 7, 70));
    }
  };
  live(570s);
  CHECK(of(registry, "s1").find(R"("certain":true)") != std::string::npos);
  live(60s);
  CHECK(of(registry, "s1").find(R"("status":"idle")") != std::string::npos);
  CHECK(of(registry, "s1").find(R"("certain":false)") != std::string::npos);
  live(3600s);
  CHECK(of(registry, "s1").find(R"("status":"idle")") != std::string::npos);
  registry.observe(prompt("p2").at(5000s));
  CHECK(of(registry, "s1").find(R"("certain":true)") != std::string::npos);
}

TEST_CASE("STATE-I14: a session is open in two processes if the first one is verified alive", "[STATE-I14]") {
  const auto processes_listed = [](Liveness liveness) {
    RegistryOptions options;
    options.verify = [liveness](const ProcessPlace&) { return liveness; };
    RegistryFixture registry(std::move(options));
    registry.observe(observed("process.bound", {{"pid", 7}, {"start_ticks", 70}}).of("s1"));
    registry.observe(observed("process.bound", {{"pid", 8}, {"start_ticks", 80}}).of("s1"));
    return of(registry, "s1").find(R"("processes":[{"pid":8,)") != std::string::npos;
  };
  CHECK(processes_listed(Liveness::kAlive));
  CHECK_FALSE(processes_listed(Liveness::kUnknown));
  CHECK_FALSE(processes_listed(Liveness::kGone));
}
