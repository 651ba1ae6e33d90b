// SPDX-License-Identifier: MIT
// Every message of the protocol in its correct form.
#include <unistd.h>

#include <atm/domain/limits.hpp>

#include "support/catch.hpp"
#include "wire_client.hpp"

using namespace atm::test;
using namespace atm::protocol;

TEST_CASE("WIRE-M1: register creates a session that every client can query", "[wire]") {
  const ServedDaemon daemon;
  Wire wire(daemon);
  static_cast<void>(wire.greet());
  wire.send(
      R"({"type":"register","session_id":"s1","agent_type":"code-reviewer","agent":"codex","working_dir":"/w","pid":)" +
      std::to_string(::getpid()) + R"(,"id":"r"})");
  const Reply reply = wire.reply();
  CHECK(std::holds_alternative<Ok>(reply.message));
  CHECK(reply.id == RequestId::text("r"));
  const auto session = wire.ask<SessionReply>(R"({"type":"get_session","session_id":"s1"})").session;
  CHECK(session.domain.agent == "codex");
  CHECK(session.domain.agent_type.str() == "code_reviewer");
  CHECK(session.domain.working_directory == "/w");
  CHECK(session.runtime.pid == ::getpid());
  CHECK(session.runtime.process_start_ticks.has_value());
}

TEST_CASE("WIRE-M2: an existing session cannot be registered, and a missing one cannot be updated or ended",
          "[wire]") {
  const ServedDaemon daemon;
  Wire wire(daemon);
  static_cast<void>(wire.greet());
  static_cast<void>(wire.ask<Ok>(R"({"type":"register","session_id":"s"})"));
  CHECK(wire.ask<ErrorReply>(R"({"type":"register","session_id":"s"})").code == WireError::kSessionExists);
  CHECK(wire.ask<ErrorReply>(R"({"type":"update_context","session_id":"x","context":{}})").code ==
        WireError::kNotFound);
  CHECK(wire.ask<ErrorReply>(R"({"type":"end_session","session_id":"x"})").code == WireError::kNotFound);
  CHECK(wire.ask<ErrorReply>(R"({"type":"get_session","session_id":"x"})").code == WireError::kNotFound);
}

TEST_CASE("WIRE-M3: update_context takes both spellings, and end_session ends", "[wire]") {
  const ServedDaemon daemon;
  Wire wire(daemon);
  static_cast<void>(wire.greet());
  static_cast<void>(wire.ask<Ok>(R"({"type":"register","session_id":"s"})"));
  static_cast<void>(wire.ask<Ok>(
      R"({"type":"update_context","session_id":"s","context":{"context_window_size":200000,"current_input_tokens":7,)"
      R"("cache_creation_tokens":1396,"cache_read_tokens":37532,"total_input_tokens":5141}})"));
  auto session = wire.ask<SessionReply>(R"({"type":"get-session","session_id":"s"})").session;
  CHECK(session.domain.context.context_tokens() == 38'935U);
  CHECK(session.domain.context.usage_percentage() == Approx(19.4675));
  CHECK_FALSE(session.domain.context.used_percentage.has_value());

  static_cast<void>(wire.ask<Ok>(
      R"({"type":"update-context","session_id":"s","context":{"used_percentage":41.5,"cost_usd":0.35}})"));
  session = wire.ask<SessionReply>(R"({"type":"get_session","session_id":"s"})").session;
  CHECK(session.domain.context.used_percentage == 41.5);
  CHECK(session.domain.cost == atm::Money::from_microdollars(350'000));
  CHECK(session.domain.context.total_input_tokens == 5141U);

  static_cast<void>(wire.ask<Ok>(R"({"type":"end_session","session_id":"s"})"));
  session = wire.ask<SessionReply>(R"({"type":"get_session","session_id":"s"})").session;
  CHECK(session.domain.status == atm::SessionStatus::ended());
}

TEST_CASE("WIRE-M4: get_all_sessions returns all sessions, or those that match the filter", "[wire]") {
  const ServedDaemon daemon;
  Wire wire(daemon);
  static_cast<void>(wire.greet());
  static_cast<void>(wire.ask<Ok>(R"({"type":"register","session_id":"a","agent":"codex"})"));
  static_cast<void>(wire.ask<Ok>(R"({"type":"register","session_id":"b","agent":"claude_code"})"));
  CHECK(wire.ask<Sessions>(R"({"type":"get_all_sessions"})").sessions.size() == 2);
  const auto some = wire.ask<Sessions>(R"({"type":"get_all_sessions","filter":{"agent":"codex"}})");
  REQUIRE(some.sessions.size() == 1);
  CHECK(some.sessions[0].domain.id.view() == "a");
  CHECK(some.seq > 0);
}

TEST_CASE("WIRE-M5: a snapshot over the line limit is split into parts within it", "[wire]") {
  const ServedDaemon daemon("[limits]\nsessions = 400\n");
  Wire wire(daemon);
  static_cast<void>(wire.greet());
  constexpr int kSessions = 300;
  const std::string rest = R"(","working_dir":"/)" + std::string(4000, 'w') + "\"}";
  for (int i = 0; i < kSessions; ++i)
    static_cast<void>(wire.ask<Ok>(R"({"type":"register","session_id":"s)" + std::to_string(i) + rest));
  wire.send(R"({"type":"get_all_sessions"})");
  DaemonMessageReader reader;
  std::size_t count = 0;
  int parts = 0;
  for (bool is_more = true; is_more; ++parts) {
    const auto line = wire.line();
    REQUIRE(line.has_value());
    CHECK(line->size() <= atm::kDefaultLimits.line_bytes);
    const auto reply = reader.read(*line);
    REQUIRE(reply);
    const auto& part = std::get<Sessions>(reply->message);
    count += part.sessions.size();
    is_more = part.more;
  }
  CHECK(count == kSessions);
  CHECK(parts > 1);
}

TEST_CASE("WIRE-F5: arrays and objects nest at most 64 levels deep", "[wire]") {
  const ServedDaemon daemon;
  Wire wire(daemon);
  static_cast<void>(wire.greet());
  // The line itself is the first level.
  const auto nested = [](int levels) {
    return std::string(static_cast<std::size_t>(levels - 1), '[') +
           std::string(static_cast<std::size_t>(levels - 1), ']');
  };
  CHECK(wire.ask<Pong>(R"({"type":"ping","seq":1,"more":)" + nested(64) + "}").seq == 1);
  CHECK(wire.ask<ErrorReply>(R"({"type":"ping","seq":2,"more":)" + nested(65) + "}").code ==
        WireError::kInvalidJson);
  const auto ingested = [&nested](int levels) {
    return R"({"type":"ingest","ack":true,"channel":"claude_code/hook","more":)" + nested(levels) +
           R"(,"payload":{"hook_event_name":"Stop","session_id":"s","cwd":"/w"}})";
  };
  static_cast<void>(wire.ask<Ok>(ingested(64)));
  CHECK(wire.ask<ErrorReply>(ingested(65)).code == WireError::kInvalidJson);
}

TEST_CASE("WIRE-E5: a subscriber that closes only its writing side still receives events", "[wire]") {
  const ServedDaemon daemon;
  Wire subscriber(daemon);
  static_cast<void>(subscriber.greet());
  static_cast<void>(subscriber.ask<Ok>(R"({"type":"subscribe"})"));
  static_cast<void>(subscriber.next<Sessions>());
  subscriber.half_close();
  Wire wire(daemon);
  static_cast<void>(wire.greet());
  static_cast<void>(wire.ask<Ok>(R"({"type":"register","session_id":"later"})"));
  CHECK(subscriber.next<SessionRegistered>().session.domain.id.view() == "later");
}

TEST_CASE("WIRE-M6: ping, stats, plugins and discover are answered in the order of the requests", "[wire]") {
  const ServedDaemon daemon;
  Wire wire(daemon);
  static_cast<void>(wire.greet());
  wire.send_raw(
      "{\"type\":\"discover\",\"id\":1}\n{\"type\":\"get_stats\",\"id\":2}\n{\"type\":\"get_plugins\",\"id\":"
      "3}\n"
      "{\"type\":\"get_all_sessions\",\"id\":4}\n{\"type\":\"ping\",\"seq\":18446744073709551615,\"id\":5}"
      "\n");
  CHECK(wire.next<Ok>().found.has_value());
  CHECK(wire.next<Stats>().json.find("\"max_connections\"") != std::string::npos);
  CHECK(wire.next<Plugins>().json.find("\"unix\"") != std::string::npos);
  static_cast<void>(wire.next<Sessions>());
  CHECK(wire.next<Pong>().seq == UINT64_MAX);
}

TEST_CASE("WIRE-M7: ingest is answered only on request", "[wire]") {
  const ServedDaemon daemon;
  Wire wire(daemon);
  static_cast<void>(wire.greet());
  wire.send(hook("s", "SessionStart", R"("source":"startup")"));
  CHECK(wire.ask<Pong>(R"({"type":"ping","seq":1})").seq == 1);
  std::string line = hook("s", "UserPromptSubmit", R"("prompt":"x")");
  line.insert(line.size() - 1, R"(,"ack":true)");
  static_cast<void>(wire.ask<Ok>(line));
  CHECK(wire.ask<SessionReply>(R"({"type":"get_session","session_id":"s"})").session.domain.agent ==
        "claude_code");
}

TEST_CASE("WIRE-M8: a subscriber of one session receives no other, and with activity receives its activities",
          "[wire]") {
  const ServedDaemon daemon;
  Wire wire(daemon);
  static_cast<void>(wire.greet());
  static_cast<void>(wire.ask<Ok>(R"({"type":"register","session_id":"mine"})"));
  CHECK(wire.ask<Ok>(R"({"type":"subscribe","session_id":"mine","activity":true})").seq.has_value());
  CHECK(wire.next<Sessions>().sessions.size() == 1);
  Wire other(daemon);
  static_cast<void>(other.greet());
  static_cast<void>(other.ask<Ok>(R"({"type":"register","session_id":"other"})"));
  static_cast<void>(other.ask<Ok>(R"({"type":"end_session","session_id":"mine"})"));
  const auto activity = wire.next<Activity>();
  CHECK(activity.observation.type == "session.ended");
  const auto updated = wire.next<SessionUpdated>();
  CHECK(updated.session.domain.id.view() == "mine");
  CHECK(updated.seq > activity.seq);

  static_cast<void>(wire.ask<Ok>(R"({"type":"unsubscribe"})"));
  static_cast<void>(other.ask<ErrorReply>(R"({"type":"register","session_id":"other"})"));
  CHECK(wire.ask<Pong>(R"({"type":"ping","seq":4})").seq == 4);
}

TEST_CASE("WIRE-M9: acknowledge is accepted for an existing session, and published to subscribers",
          "[wire]") {
  const ServedDaemon daemon;
  Wire wire(daemon);
  static_cast<void>(wire.greet());
  CHECK(wire.ask<ErrorReply>(R"({"type":"acknowledge","session_id":"s"})").code == WireError::kNotFound);
  CHECK(daemon.sessions().empty());
  static_cast<void>(wire.ask<Ok>(R"({"type":"register","session_id":"s"})"));
  Wire listener(daemon);
  static_cast<void>(listener.greet());
  static_cast<void>(listener.ask<Ok>(R"({"type":"subscribe","activity":true})"));
  static_cast<void>(listener.next<Sessions>());
  static_cast<void>(wire.ask<Ok>(R"({"type":"acknowledge","session_id":"s"})"));
  const auto heard = listener.next<Activity>().observation;
  CHECK(heard.type == "attention.acknowledged");
  CHECK(heard.origin == "client");
}

TEST_CASE("WIRE-M9: acknowledge ends attention and clears the finished mark", "[wire]") {
  const ServedDaemon daemon;
  Wire wire(daemon);
  static_cast<void>(wire.greet());
  const auto session = [&wire] {
    return wire.ask<SessionReply>(R"({"type":"get_session","session_id":"s"})").session.domain;
  };
  wire.send(hook("s", "SessionStart", R"("source":"startup")"));
  wire.send(hook("s", "UserPromptSubmit", R"("prompt":"x")"));
  wire.send(hook("s", "PermissionRequest", R"("tool_name":"Bash")"));
  REQUIRE(session().attention.has_value());
  CHECK_FALSE(session().attention->acknowledged);
  static_cast<void>(wire.ask<Ok>(R"({"type":"acknowledge","session_id":"s"})"));
  REQUIRE(session().attention.has_value());
  CHECK(session().attention->acknowledged);
  CHECK(session().status == atm::SessionStatus::waiting_for_permission("Bash"));

  wire.send(hook("s", "Stop"));
  CHECK(session().finished);
  static_cast<void>(wire.ask<Ok>(R"({"type":"acknowledge","session_id":"s"})"));
  CHECK_FALSE(session().finished);
}

TEST_CASE("a session names the evidence of its status, and whether that makes it certain", "[wire]") {
  const ServedDaemon daemon;
  Wire wire(daemon);
  static_cast<void>(wire.greet());
  wire.send(hook("s", "SessionStart", R"("source":"startup")"));
  wire.send(hook("s", "UserPromptSubmit", R"("prompt":"x")"));
  wire.send(status_line("s", 0.5));
  const auto session = wire.ask<SessionReply>(R"({"type":"get_session","session_id":"s"})").session.domain;
  CHECK(session.certain);
  const auto heard = [&session](std::string_view origin) {
    for (const atm::Evidence& one : session.evidence) {
      if (one.origin == origin) return one;
    }
    return atm::Evidence{};
  };
  CHECK(heard("claude_code/hook").says == "prompt.submitted");
  CHECK(heard("claude_code/hook").stance == atm::Stance::kAgrees);
  CHECK(heard("claude_code/status_line").stance == atm::Stance::kSilent);
  CHECK(heard("claude_code/status_line").at > atm::Timestamp{});
}
