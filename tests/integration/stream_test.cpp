// SPDX-License-Identifier: MIT
// Agents that report on long-lived connections, with real processes; the rules are those of docs/specs/protocol.md,
// section 12. No other source watches processes here.
#include <utility>

#include "event_recorder.hpp"
#include "stream_agent.hpp"
#include "support/catch.hpp"

using namespace atm::test;
using Kind = EventRecorder::Event::Kind;

namespace {

constexpr std::string_view kAlone =
    "[plugins.processes]\nenabled = false\n[plugins.claude_code]\ndiscover_seconds = 0\n";
constexpr std::string_view kStream =
    R"({"type":"hello","protocol_version":"1.1","client_type":"session","stream":true})";

void open_stream(StreamAgent& agent, int connection = 0) {
  agent.connect(connection);
  agent.say(kStream, connection);
}

std::size_t ends(EventRecorder& events, const std::string& session) {
  bool was_ended = false;
  return events.count([&](const EventRecorder::Event& e) {
    if (!e.state || e.session != session) return false;
    return !std::exchange(was_ended, e.word == "ended") && was_ended;
  });
}

bool is_told_of(EventRecorder& events, const std::string& session) {
  return events.await([&](const EventRecorder::Event& e) { return e.state && e.session == session; })
      .state.has_value();
}

}  // namespace

TEST_CASE("WIRE-A2: a stream's records identify its process; a kill ends its sessions once, at once",
          "[stream]") {
  ServedDaemon daemon(kAlone);
  EventRecorder events(daemon);
  StreamAgent agent(daemon);
  open_stream(agent);
  for (int i = 0; i < 50; ++i) agent.say(hook("told", "UserPromptSubmit", R"("prompt":"x")"));
  agent.say(R"({"type":"register","session_id":"registered","agent":"pi"})");
  CHECK(is_told_of(events, "told"));
  CHECK(is_told_of(events, "registered"));
  static_cast<void>(events.await(event(Kind::kActivity, "registered", "process.bound")));
  CHECK(daemon.session("told")->runtime.pid == agent.pid());
  CHECK(daemon.session("registered")->runtime.pid == agent.pid());
  agent.kill();
  const auto& end = events.await(event(Kind::kUpdated, "told", "ended"));
  static_cast<void>(events.await(event(Kind::kUpdated, "registered", "ended")));
  CHECK(end.state->domain.status_cause.type == "process.exited");
  CHECK(ends(events, "told") == 1);
  CHECK(ends(events, "registered") == 1);
  CHECK(daemon.stat({"plugins", "unix", "stream_exits"}) == 1);
  CHECK(daemon.stat({"plugins", "unix", "stream_closes"}) == 0);
}

TEST_CASE("WIRE-A3: the end of a stream ends the sessions of that stream only, while its process lives",
          "[stream]") {
  ServedDaemon daemon(kAlone);
  EventRecorder events(daemon);
  StreamAgent agent(daemon);
  // A hook of the same process; and an unrelated session.
  Wire wire(daemon);
  static_cast<void>(wire.greet());
  wire.send(agent.hook_of("hooked"));
  wire.send(hook("elsewhere", "SessionStart", R"("source":"startup")"));
  wire.sync();
  open_stream(agent);
  agent.say(R"({"type":"register","session_id":"streamed","agent":"pi"})");
  static_cast<void>(events.await(event(Kind::kActivity, "streamed", "process.bound")));
  CHECK(daemon.session("hooked")->runtime.pid == agent.pid());
  agent.disconnect();
  const auto& end = events.await(event(Kind::kUpdated, "streamed", "ended"));
  CHECK(end.state->domain.status_cause.type == "session.ended");
  CHECK(daemon.stat_reaches({"plugins", "unix", "stream_closes"}, 1));
  CHECK(daemon.session("hooked")->domain.status.name() != "ended");
  CHECK(daemon.session("elsewhere")->domain.status.name() != "ended");
  CHECK(ends(events, "streamed") == 1);
  // The stream was only closed: a new message about the session restores it.
  open_stream(agent);
  agent.say(R"({"type":"register","session_id":"streamed","agent":"pi"})");
  static_cast<void>(events.await([&](const EventRecorder::Event& e) {
    return e.session == "streamed" && e.state && e.word != "ended" &&
           e.state->domain.rev > end.state->domain.rev;
  }));
}

TEST_CASE("WIRE-A4: another stream of the process keeps its sessions, also one that replaced the first",
          "[stream]") {
  ServedDaemon daemon(kAlone);
  EventRecorder events(daemon);
  StreamAgent agent(daemon);
  open_stream(agent);
  agent.say(hook("s", "UserPromptSubmit", R"("prompt":"x")"));
  CHECK(is_told_of(events, "s"));
  SECTION("it replaced the first, and sends nothing") {
    agent.disconnect();
    open_stream(agent);
  }
  SECTION("it was open before") {
    open_stream(agent, 1);
    agent.say(hook("s", "PreToolUse", R"("tool_name":"x")"), 1);
    static_cast<void>(events.await(event(Kind::kActivity, "s", "tool.started")));
    agent.disconnect();
  }
  CHECK(daemon.stat_reaches({"plugins", "unix", "streams"}, 2));
  // The later end of a live stream shows that an earlier event would have arrived.
  StreamAgent other(daemon);
  open_stream(other);
  other.say(hook("other", "UserPromptSubmit", R"("prompt":"x")"));
  CHECK(is_told_of(events, "other"));
  other.disconnect();
  static_cast<void>(events.await(event(Kind::kUpdated, "other", "ended")));
  CHECK(ends(events, "s") == 0);
  agent.kill();
  static_cast<void>(events.await(event(Kind::kUpdated, "s", "ended")));
  CHECK(ends(events, "s") == 1);
}

TEST_CASE(
    "WIRE-A1: without the flag the end of a connection ends nothing, and neither does that of the daemon",
    "[stream]") {
  ServedDaemon daemon(kAlone);
  {
    EventRecorder events(daemon);
    StreamAgent agent(daemon);
    agent.connect();
    agent.say(kHello);
    agent.say(agent.hook_of("hooked"));
    CHECK(is_told_of(events, "hooked"));
    agent.kill();
    agent.reap();
    CHECK(daemon.stat({"plugins", "unix", "streams"}) == 0);
    CHECK(ends(events, "hooked") == 0);
  }
  Wire watcher(daemon);
  static_cast<void>(watcher.greet());
  watcher.send(R"({"type":"subscribe"})");
  watcher.sync();
  StreamAgent agent(daemon);
  open_stream(agent);
  agent.say(hook("s", "SessionStart", R"("source":"startup")"));
  CHECK(daemon.stat_reaches({"plugins", "unix", "records"}, 1));
  CHECK(daemon.process().stop() == 0);
  while (const auto line = watcher.line()) CHECK(line->find(R"("status":"ended")") == std::string::npos);
}

TEST_CASE("WIRE-A2: the last messages are handled before the end", "[stream]") {
  ServedDaemon daemon(kAlone);
  EventRecorder events(daemon);
  StreamAgent agent(daemon);
  open_stream(agent);
  // The daemon must know the session already: else all messages may become one registration of an ended session.
  agent.say(hook("s", "UserPromptSubmit", R"("prompt":"x")"));
  CHECK(is_told_of(events, "s"));
  for (int i = 0; i < 200; ++i)
    agent.say(hook("s", "PreToolUse", R"("tool_name":"t)" + std::to_string(i) + '"'));
  agent.kill();
  static_cast<void>(events.await(event(Kind::kUpdated, "s", "ended")));
  CHECK(events.count(event(Kind::kActivity, "s", "tool.started")) == 200);
}
