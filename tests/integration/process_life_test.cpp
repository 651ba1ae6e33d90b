// SPDX-License-Identifier: MIT
// Sessions and their processes, with real processes and the real hook; the rules are those of docs/specs/state.md,
// section 7.
#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include "process_agent.hpp"
#include "support/catch.hpp"

using namespace atm::test;
using atm::protocol::Session;

namespace {

using Clock = std::chrono::steady_clock;
using Kind = EventRecorder::Event::Kind;

// The clean-up does not run during a test, so only the process watch can report an end.
constexpr std::string_view kNoCleanUp = "[limits]\ncleanup_seconds = 3600\n";
constexpr std::string_view kFrequentCleanUp = "[limits]\ncleanup_seconds = 1\n";
constexpr std::string_view kLooking =
    "[plugins.processes]\ndiscover_seconds = 1\n[limits]\ncleanup_seconds = 3600\n";

std::string hook_from(const Agent& agent, std::uint64_t start_ticks, std::string_view session) {
  std::string line = hook(session, "SessionStart", R"("source":"startup")");
  line.pop_back();
  return line + R"(,"context":{"pid":)" + std::to_string(agent.pid()) + R"(,"start_ticks":)" +
         std::to_string(start_ticks) + "}}";
}

/// The first reported state of the session.
const Session& told_of(EventRecorder& events, const std::string& session) {
  return *events.await([&](const EventRecorder::Event& e) { return e.state && e.session == session; }).state;
}

/// The number of times the session is reported as newly ended.
std::size_t ends(EventRecorder& events, const std::string& session) {
  bool has_ended = false;
  return events.count([&](const EventRecorder::Event& e) {
    if (!e.state || e.session != session) return false;
    return !std::exchange(has_ended, e.word == "ended") && has_ended;
  });
}

/// Waits for the end of the session. Returns the type of the observation that ended it.
std::string cause_of_end(EventRecorder& events, const std::string& session) {
  return events.await(event(Kind::kUpdated, session, "ended")).state->domain.status_cause.type;
}

std::vector<Session> sessions_of(const ServedDaemon& daemon, const Agent& agent) {
  std::vector<Session> found = daemon.sessions();
  found.erase(std::remove_if(found.begin(), found.end(),
                             [&](const Session& one) { return one.runtime.pid != agent.pid(); }),
              found.end());
  return found;
}

std::uint64_t look(const ServedDaemon& daemon) {
  Wire wire(daemon);
  static_cast<void>(wire.greet());
  return wire.ask<atm::protocol::Ok>(R"({"type":"discover"})").found.value();
}

std::int64_t age_s(const Session& session) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(now - session.domain.started_at.time_since_epoch())
      .count();
}

}  // namespace

TEST_CASE("STATE-I6: the process watch ends a session once, for any end of its process", "[process]") {
  const ServedDaemon daemon(kNoCleanUp);
  EventRecorder events(daemon);
  Agent reaped(daemon);
  Agent zombie(daemon);
  const Agent stranger(daemon);
  const Agent lives(daemon);
  reaped.hook("reaped", "SessionStart", R"("source":"startup")");
  zombie.hook("zombie", "SessionStart", R"("source":"startup")");
  Wire wire(daemon);
  static_cast<void>(wire.greet());
  wire.send(hook_from(lives, lives.start_ticks(), "lives"));
  CHECK(reaped.is_process_of(told_of(events, "reaped")));

  reaped.kill();
  reaped.reap();
  CHECK(cause_of_end(events, "reaped") == "process.exited");

  zombie.kill();
  CHECK(cause_of_end(events, "zombie") == "process.exited");
  CHECK(zombie.is_zombie());

  wire.send(hook_from(stranger, stranger.start_ticks() - 1, "of another time"));
  CHECK(cause_of_end(events, "of another time") == "process.exited");

  for (const char* session : {"reaped", "zombie", "of another time"}) {
    INFO(session);
    CHECK(events.count(event(Kind::kActivity, session, "process.exited")) == 1);
    CHECK(ends(events, session) == 1);
  }
  CHECK(ends(events, "lives") == 0);
  CHECK(daemon.session("lives"));
}

TEST_CASE("WIRE-S6: a session can claim the process of another, and bound_by names the origin", "[process]") {
  const ServedDaemon daemon(kFrequentCleanUp);  // the clean-up verifies processes
  EventRecorder events(daemon);
  const Agent agent(daemon);
  Wire wire(daemon);
  static_cast<void>(wire.greet());
  for (const char* session : {"owner", "claimant"}) {
    wire.send(hook_from(agent, agent.start_ticks(), session));
    const auto known = events.await([&](const EventRecorder::Event& e) {
      return e.state && e.session == session && e.state->runtime.verified;
    });
    CHECK(known.state->runtime.pid == agent.pid());
    CHECK(known.state->runtime.process_start_ticks == agent.start_ticks());
    CHECK(known.state->runtime.bound_by == "claude_code/hook");
  }
}

TEST_CASE("STATE-I6: an ended session is removed once, with the reason of its end", "[process]") {
  const ServedDaemon daemon(kFrequentCleanUp);
  EventRecorder events(daemon);
  Agent killed(daemon);
  Agent polite(daemon);
  killed.hook("killed", "SessionStart", R"("source":"startup")");
  polite.hook("polite", "SessionStart", R"("source":"startup")");
  killed.kill();
  killed.reap();
  polite.hook("polite", "SessionEnd", R"("reason":"prompt_input_exit")");
  polite.quit();
  polite.reap();
  CHECK(cause_of_end(events, "polite") == "session.ended");
  CHECK(events.await(event(Kind::kRemoved, "killed")).word == "process_exited");
  CHECK(events.await(event(Kind::kRemoved, "polite")).word == "ended");
  for (const char* session : {"killed", "polite"}) {
    INFO(session);
    CHECK(ends(events, session) == 1);
    CHECK(events.count(event(Kind::kRemoved, session)) == 1);
  }
}

TEST_CASE(
    "STATE-I4: an agent that runs before the daemon is found, and becomes its session at the first hook",
    "[process]") {
  ServedDaemon daemon(kLooking);
  static_cast<void>(daemon.process().stop());
  const auto started = Clock::now();
  Agent agent(daemon);
  const Agent other(daemon, {"--resume"});
  const Agent server(daemon, {"mcp", "serve"});
  daemon.restart();
  EventRecorder events(daemon);
  for (const Agent* one : {&std::as_const(agent), &other}) {
    const auto& found = events.await([&](const EventRecorder::Event& e) {
      return e.state && e.state->domain.working_directory && e.session == one->pending_id();
    });
    CHECK(one->is_process_of(*found.state));
    CHECK(found.state->domain.agent == "claude_code");
    CHECK(found.state->domain.working_directory == (daemon.home().dir().path() / "work").string());
    CHECK(age_s(*found.state) <= std::chrono::ceil<std::chrono::seconds>(Clock::now() - started).count());
    CHECK(found.state->domain.status.name() == "idle");
    CHECK_FALSE(found.state->domain.certain);
  }

  SECTION("further scans find the same and change nothing") {
    const auto before = daemon.session(agent.pending_id())->domain.rev;
    CHECK(look(daemon) >= 2);
    CHECK(look(daemon) >= 2);
    CHECK(daemon.stat_reaches({"plugins", "processes", "looks"},
                              daemon.stat({"plugins", "processes", "looks"}) + 2));
    CHECK(daemon.session(agent.pending_id())->domain.rev == before);
    CHECK(sessions_of(daemon, agent).size() == 1);
    CHECK(sessions_of(daemon, other).size() == 1);
    CHECK(sessions_of(daemon, server).empty());
    CHECK(events.count(event(Kind::kRegistered, agent.pending_id())) <= 1);
    CHECK(events.count(event(Kind::kRemoved, agent.pending_id())) == 0);
  }
  SECTION("its hook replaces the found session") {
    agent.hook("real", "UserPromptSubmit", R"("prompt":"x")");
    CHECK(events.await(event(Kind::kRemoved, agent.pending_id())).word == "replaced");
    CHECK(agent.is_process_of(told_of(events, "real")));
    static_cast<void>(look(daemon));
    const auto left = sessions_of(daemon, agent);
    REQUIRE(left.size() == 1);
    CHECK(left[0].domain.id.view() == "real");
    CHECK(events.count(event(Kind::kRemoved, agent.pending_id())) == 1);
    CHECK(daemon.session(other.pending_id()));
  }
  SECTION("the next daemon finds it as well") {
    daemon.restart();
    EventRecorder next(daemon);
    static_cast<void>(
        next.await([&](const EventRecorder::Event& e) { return e.session == agent.pending_id(); }));
    CHECK(sessions_of(daemon, agent).size() == 1);
  }
  SECTION("it is removed with its process") {
    agent.kill();
    CHECK(events.await(event(Kind::kRemoved, agent.pending_id())).word == "process_exited");
    static_cast<void>(look(daemon));
    CHECK(events.count(event(Kind::kRemoved, agent.pending_id())) == 1);
    CHECK(sessions_of(daemon, agent).empty());
  }
}

TEST_CASE("STATE-I4: hooks that arrive during discovery leave one session for each agent", "[process]") {
  ServedDaemon daemon(kLooking);
  static_cast<void>(daemon.process().stop());
  std::vector<std::unique_ptr<Agent>> agents;
  for (int i = 0; i < 8; ++i) agents.push_back(std::make_unique<Agent>(daemon));
  daemon.restart();
  EventRecorder events(daemon);
  Wire wire(daemon);
  static_cast<void>(wire.greet());
  static_cast<void>(events.await([](const EventRecorder::Event& e) {
    return e.kind == Kind::kRegistered || e.kind == Kind::kActivity;
  }));
  for (const auto& agent : agents)
    wire.send(hook_from(*agent, agent->start_ticks(), "real-" + std::to_string(agent->pid())));
  wire.sync();
  static_cast<void>(look(daemon));
  for (const auto& agent : agents) {
    const auto left = sessions_of(daemon, *agent);
    REQUIRE(left.size() == 1);
    CHECK(left[0].domain.id.view() == "real-" + std::to_string(agent->pid()));
  }
}

TEST_CASE(
    "STATE-I7: a session with a visible process is never stale; one without is, and is marked as unverified",
    "[process]") {
  const ServedDaemon daemon("[limits]\nstale_seconds = 1\ncleanup_seconds = 1\n");
  EventRecorder events(daemon);
  const Agent seen(daemon);
  Wire wire(daemon);
  static_cast<void>(wire.greet());
  wire.send(hook_from(seen, seen.start_ticks(), "seen"));
  std::string line = hook("elsewhere", "SessionStart", R"("source":"startup")");
  line.pop_back();
  wire.send(line + R"(,"context":{"pid":1,"start_ticks":1,"host":"another-host.invalid"}})");
  CHECK_FALSE(told_of(events, "elsewhere").runtime.verified);
  CHECK(events.await(event(Kind::kRemoved, "elsewhere")).word == "stale");
  const auto left = daemon.session("seen");
  REQUIRE(left);
  CHECK(left->runtime.verified);
  CHECK(events.count(event(Kind::kUpdated, "elsewhere", "stale")) == 1);
  CHECK(events.count(event(Kind::kUpdated, "seen", "stale")) == 0);
}

TEST_CASE("STATE-I5: an agent started by an agent has its own session", "[process]") {
  const ServedDaemon daemon(kLooking);
  EventRecorder events(daemon);
  Agent agent(daemon);
  agent.hook("outer", "SessionStart", R"("source":"startup")");
  const pid_t inner = agent.start_agent("inner");
  const Session& found = told_of(events, "inner");
  CHECK(found.runtime.pid == inner);
  CHECK(found.runtime.tmux_pane == kPane);

  ::kill(inner, SIGKILL);
  CHECK(cause_of_end(events, "inner") == "process.exited");
  CHECK(ends(events, "outer") == 0);
  CHECK(sessions_of(daemon, agent).size() == 1);
}
