// SPDX-License-Identifier: MIT
// Which session an observation is of, and which process a session is in: section 7; TRAP-S7, TRAP-S8, TRAP-S9.
#include "kernel/registry/registry.hpp"
#include "running.hpp"
#include "support/catch.hpp"

using namespace atm;
using namespace atm::kernel;
using namespace atm::kernel::test;

namespace {

Told bound(const char* id, int pid, int ticks, bool sole = false) {
  Told one = told("process.bound", {{"pid", pid}, {"start_ticks", ticks}});
  if (sole) one.attrs.emplace_back("sole", true);
  return one.of(id);
}
Told ended(const char* id, const char* reason) {
  return told("session.ended", {{"reason", std::string(reason)}}).of(id);
}
Told resumed(const char* id) {
  return told("session.started", {{"source", std::string("resume")}}).of(id);
}
std::string of(Running& running, const std::string& id) {
  const auto sessions = running.sessions();
  const auto at = sessions.find(id);
  return at == sessions.end() ? std::string() : at->second;
}
bool is_ended(Running& running, const std::string& id) {
  return of(running, id).find("\"status\":\"ended\"") != std::string::npos;
}
std::string last_removal(Client& client, const std::string& id) {
  client.drain();
  std::string reason;
  for (const Received& one : client.received) {
    if (one.kind == ATM_EVENT_SESSION_REMOVED && one.session == id) reason = one.type;
  }
  return reason;
}

}  // namespace

TEST_CASE("STATE-I2: the end of a session in another process ends nothing") {
  Running running;
  running.tell(bound("s1", 5, 1));
  running.tell(started("s1"));
  running.tell(bound("s1", 6, 2));
  Told end = ended("s1", "other");
  end.attrs.emplace_back("pid", 5);
  end.attrs.emplace_back("start_ticks", 1);
  running.tell(end);
  CHECK_FALSE(is_ended(running, "s1"));
  end.attrs[1].second = 6;
  end.attrs[2].second = 2;
  running.tell(end);
  CHECK(is_ended(running, "s1"));
}

TEST_CASE("STATE-I2: a session that ended goes on in another process") {
  Running running;
  running.tell(bound("s1", 5, 1));
  running.tell(started("s1"));
  running.tell(ended("s1", "other").at(10s));
  running.tell(bound("s1", 5, 1).at(20s));
  CHECK(is_ended(running, "s1"));
  running.tell(bound("s1", 6, 2).at(20s));
  CHECK_FALSE(is_ended(running, "s1"));
  CHECK(of(running, "s1").find("\"certain\":false") != std::string::npos);
}

TEST_CASE("STATE-I2: what a client lets go of after its end brings nothing back in the same process") {
  Running running;
  running.tell(bound("s1", 5, 1));
  running.tell(started("s1"));
  running.tell(ended("s1", "other").at(10s));
  running.tell(prompt("p2").of("s1").at(20s));
  CHECK(is_ended(running, "s1"));
  running.tell(resumed("s1").at(30s));
  CHECK_FALSE(is_ended(running, "s1"));
}

TEST_CASE("STATE-I3: a replaced session that goes on in another process has that one's terminal") {
  Running running;
  Told first = bound("old", 5, 1, true);
  first.attrs.emplace_back("tmux.pane", std::string("%1"));
  running.tell(first);
  running.tell(started("old"));
  running.tell(bound("new", 5, 1, true));
  running.tell(resumed("new"));
  REQUIRE(of(running, "old").empty());
  running.tell(bound("old", 6, 2, true));
  running.tell(resumed("old"));
  CHECK(of(running, "old").find("\"pid\":6") != std::string::npos);
  CHECK(of(running, "old").find("%1") == std::string::npos);
}

TEST_CASE("STATE-I3, TRAP-S8: where a process has one session, the next takes the place of the one before",
          "[TRAP-S8]") {
  Running running;
  Client client(running.bus);
  running.tell(bound("old", 5, 1, true));
  running.tell(told("session.started", {{"cwd", std::string("/work")}}).of("old"));
  running.tell(ended("old", "clear"));
  running.tell(bound("new", 5, 1, true));
  CHECK_FALSE(running.has("old"));
  CHECK(last_removal(client, "old") == "replaced");
  CHECK(of(running, "new").find("/work") != std::string::npos);
  SECTION("what trails in of it does not bring it back") {
    running.tell(bound("old", 5, 1, true));
    running.tell(told("status.reported").of("old"));
    running.tell(finished().of("old"));
    running.tell(level("busy").of("old").at(-1s));
    running.tell(told("session.started", {{"source", std::string("discovered")}}).of("old"));
    CHECK_FALSE(running.has("old"));
    CHECK(running.has("new"));
  }
  SECTION("an edge that begins it does, in the process where it was") {
    running.tell(bound("old", 5, 1, true));
    running.tell(resumed("old"));
    CHECK(running.has("old"));
    CHECK(of(running, "old").find("\"pid\":5") != std::string::npos);
    CHECK_FALSE(running.has("new"));
  }
  SECTION("so does a level that began since") {
    running.tell(bound("old", 5, 1, true));
    running.tell(level("idle").of("old").at(10s));
    CHECK(running.has("old"));
    CHECK_FALSE(running.has("new"));
  }
  SECTION("after a minute nothing is remembered of it") {
    running.live(61s);
    running.tell(told("status.reported").of("old"));
    CHECK(running.has("old"));
  }
}

TEST_CASE("STATE-I3: a process that may have several sessions keeps them") {
  Running running;
  running.tell(bound("s1", 5, 1));
  running.tell(bound("s2", 5, 1));
  running.tell(bound("s3", 5, 2, true));
  CHECK(running.sessions().size() == 3);
}

TEST_CASE("STATE-I3: an agent may say later that its process has one session") {
  Running running;
  running.tell(bound("s1", 5, 1));
  running.tell(bound("s2", 5, 1));
  running.tell(bound("s2", 5, 1, true));
  CHECK_FALSE(running.has("s1"));
}

TEST_CASE("STATE-I4, TRAP-S9: a process that has a session is not found again", "[TRAP-S9]") {
  Running running;
  running.tell(bound("real", 77, 5));
  CHECK(running.tell(bound("pending-77", 77, 5), ATM_EXPECT_ABSENT) == ATM_E_EXISTS);
  CHECK(running.tell(bound("pending-77", 77, 5)) == ATM_OK);
  CHECK(running.tell(told("session.started", {{"source", std::string("discovered")}}).of("pending-77")) ==
        ATM_OK);
  CHECK(running.sessions().size() == 1);
  running.tell(bound("pending-77", 77, 6));
  CHECK(running.sessions().size() == 2);
}

TEST_CASE("a session of which only its end is heard is not shown as a ghost") {
  Running running;
  Client client(running.bus);
  std::vector<Observation> record;
  record.push_back(bound("s1", 5, 1).copy());
  record.push_back(ended("s1", "other").copy());
  CHECK(running.registry->observe_all(std::move(record)) == ATM_OK);
  running.registry->run_until_idle();
  CHECK_FALSE(running.has("s1"));
}

TEST_CASE("STATE-I6, TRAP-S7: the exit of what has ended is no news", "[TRAP-S7]") {
  Running running;
  running.tell(bound("s1", 5, 1));
  running.tell(started("s1"));
  running.tell(ended("s1", "other"));
  const std::string before = of(running, "s1");
  running.tell(told("process.exited", {{"pid", 5}, {"start_ticks", 1}}).of("s1"));
  CHECK(of(running, "s1") == before);
}

TEST_CASE("STATE-I6: the agent's own reason is kept, where it comes after its exit") {
  Running running;
  Client client(running.bus);
  running.tell(bound("s1", 5, 1));
  running.tell(started("s1"));
  running.tell(told("process.exited", {{"pid", 5}, {"start_ticks", 1}}).of("s1"));
  running.tell(ended("s1", "prompt_input_exit"));
  running.tick(11s);
  CHECK(last_removal(client, "s1") == "ended");
}

TEST_CASE("STATE-I7: whether a process was seen alive is part of its session") {
  Running running;
  running.tell(bound("s1", 5, 1));
  const auto says = [](Liveness liveness) {
    return [liveness](const SessionInfrastructure&) { return liveness; };
  };
  CHECK(of(running, "s1").find("\"verified\":true") == std::string::npos);
  running.tick(1s, says(Liveness::kAlive));
  const std::string alive = of(running, "s1");
  CHECK(alive.find("\"verified\":true") != std::string::npos);
  running.tick(1s, says(Liveness::kAlive));
  CHECK(of(running, "s1") == alive);
  running.tick(1s, says(Liveness::kUnknown));
  CHECK(of(running, "s1").find("\"verified\":true") == std::string::npos);
}

TEST_CASE("STATE-E7: an event its parser does not know is counted with the agent's version") {
  Running running;
  running.tell(started("s1"));
  for (int i = 0; i < 3; ++i)
    running.tell(told("claude_code.future_event", {{"unknown", true}, {"version", std::string("2.1.400")}}));
  running.tell(told("claude_code.setup"));
  const RegistryStats stats = running.registry->stats();
  CHECK(stats.unknown_events.counts().size() == 1);
  CHECK(stats.unknown_events.counts().at("claude_code.future_event 2.1.400") == 3);
}

namespace {

constexpr std::int64_t kNamespace = 4026532177;

Told bound_in(std::int64_t pid_ns, const char* id, int pid, int ticks) {
  Told one = bound(id, pid, ticks);
  one.attrs.emplace_back("pid_ns", pid_ns);
  return one;
}
Told exited(const char* id, int pid, int ticks) {
  return told("process.exited", {{"pid", pid}, {"start_ticks", ticks}}).of(id);
}

}  // namespace

TEST_CASE("STATE-I10: a pid of another PID namespace is none of ours", "[STATE-I10]") {
  Running running;
  running.tell(bound_in(kNamespace, "s1", 7, 70));
  running.tell(started("s1"));
  CHECK(of(running, "s1").find(R"("process":{"pid_ns":4026532177,"ns_pid":7)") != std::string::npos);
  running.tell(exited("other", 7, 70));
  CHECK_FALSE(is_ended(running, "s1"));
  running.tell(bound("s2", 7, 70, true));
  CHECK(running.has("s1"));
  Told end = ended("s1", "prompt_input_exit");
  end.attrs.emplace_back("pid", 7);
  end.attrs.emplace_back("start_ticks", 70);
  end.attrs.emplace_back("pid_ns", kNamespace + 1);
  running.tell(end);
  CHECK_FALSE(is_ended(running, "s1"));
  end.attrs.back().second = kNamespace;
  running.tell(end);
  CHECK(is_ended(running, "s1"));
}

TEST_CASE("STATE-I10: a sender that does not name its namespace means the process that is known",
          "[STATE-I10]") {
  Running running;
  running.tell(bound_in(kNamespace, "s1", 7, 70));
  running.tell(bound("s1", 7, 70));
  CHECK(of(running, "s1").find(R"("pid_ns":4026532177)") != std::string::npos);
  running.tell(bound_in(0, "s1", 7, 70));
  CHECK(of(running, "s1").find(R"("pid_ns":4026532177)") != std::string::npos);
  running.tell(bound("s1", 5000, 70));
  CHECK(of(running, "s1").find(R"("process":{"pid":5000,"start_ticks":70)") != std::string::npos);
}

TEST_CASE("STATE-I3, STATE-I10: /clear in a process that cannot be seen replaces the session before",
          "[STATE-I3][STATE-I10]") {
  Running running;
  running.tell(bound_in(kNamespace, "s1", 7, 70));
  Told next = bound_in(kNamespace, "s2", 7, 70);
  next.attrs.emplace_back("sole", true);
  running.tell(next);
  CHECK_FALSE(running.has("s1"));
  CHECK(running.has("s2"));
}

TEST_CASE("STATE-I11: a level that nobody can verify keeps its session, and is uncertain after ten minutes",
          "[STATE-I11]") {
  Running running;
  running.tell(bound_in(kNamespace, "s1", 7, 70));
  running.tell(level("idle"));
  running.tell(prompt("p1").at(1s));
  running.tell(finished().at(2s));
  const auto live = [&running](std::chrono::seconds seconds) {
    for (; seconds > 0s; seconds -= 30s) {
      running.tick(30s);
      running.tell(level("idle"));  // the source repeats it: the entry is still there
      running.tell(bound_in(kNamespace, "s1", 7, 70));
    }
  };
  live(570s);
  CHECK(of(running, "s1").find(R"("certain":true)") != std::string::npos);
  live(60s);
  CHECK(of(running, "s1").find(R"("status":"idle")") != std::string::npos);
  CHECK(of(running, "s1").find(R"("certain":false)") != std::string::npos);
  live(3600s);
  CHECK(of(running, "s1").find(R"("status":"idle")") != std::string::npos);
  running.tell(prompt("p2").at(5000s));
  CHECK(of(running, "s1").find(R"("certain":true)") != std::string::npos);
}

TEST_CASE("STATE-I14: a session is open in two processes where the first one is verified alive",
          "[STATE-I14]") {
  const auto processes_listed = [](Liveness liveness) {
    RegistryOptions options;
    options.verify = [liveness](const SessionInfrastructure&) { return liveness; };
    Running running(std::move(options));
    running.tell(told("process.bound", {{"pid", 7}, {"start_ticks", 70}}).of("s1"));
    running.tell(told("process.bound", {{"pid", 8}, {"start_ticks", 80}}).of("s1"));
    return of(running, "s1").find(R"("processes":[{"pid":8,)") != std::string::npos;
  };
  CHECK(processes_listed(Liveness::kAlive));
  CHECK_FALSE(processes_listed(Liveness::kUnknown));
  CHECK_FALSE(processes_listed(Liveness::kGone));
}
