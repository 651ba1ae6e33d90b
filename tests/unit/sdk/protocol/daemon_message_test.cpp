// SPDX-License-Identifier: MIT
#include <rapidcheck.h>

#include <atm/protocol/daemon_message.hpp>
#include <atm/protocol/daemon_message_reader.hpp>
#include <string>
#include <variant>
#include <vector>

#include "support/catch.hpp"

using namespace atm::protocol;

namespace {

template <class Message>
Message read_as(const std::string& line) {
  DaemonMessageReader reader;
  auto reply = reader.read(line);
  if (!reply) FAIL(line << ": " << reply.error().message);
  return std::get<Message>(std::move(reply->message));
}

std::vector<std::string> snapshot(const std::vector<std::string>& sessions, std::size_t line_bytes) {
  std::vector<std::string> messages;
  SessionsWriter writer([&messages](std::string&& text) { messages.push_back(std::move(text)); }, line_bytes,
                        9, RequestId::number(4));
  for (const std::string& session : sessions) writer.add(session);
  writer.finish();
  return messages;
}

}  // namespace

TEST_CASE("server_hello contains the result and the reason of a refusal", "[protocol]") {
  std::string yes;
  append_server_hello(yes, {1, 0}, "", "0.1.0", 77);
  CHECK(yes == R"({"type":"server_hello","protocol_version":{"major":1,"minor":0},"accepted":true,)"
               R"("daemon_version":"0.1.0","epoch":77})"
               "\n");
  std::string no;
  append_server_hello(no, {1, 0}, "too new", "0.1.0", std::nullopt);
  const auto hello = read_as<ServerHello>(no);
  CHECK_FALSE(hello.accepted);
  CHECK(hello.reason == "too new");
  CHECK_FALSE(hello.epoch.has_value());
}

TEST_CASE("replies contain the id of their request", "[protocol]") {
  std::string line;
  append_pong(line, 5, RequestId::text("p"));
  DaemonMessageReader reader;
  const auto reply = reader.read(line);
  REQUIRE(reply);
  CHECK(reply->id == RequestId::text("p"));
  CHECK(std::get<Pong>(reply->message).seq == 5);
}

TEST_CASE("WIRE-V3: an error is read with its code, and an unknown code keeps its text", "[protocol]") {
  std::string line;
  append_error(line, WireError::kNotFound, "no \"such\" session");
  const auto known = read_as<ErrorReply>(line);
  CHECK(known.code == WireError::kNotFound);
  CHECK(known.message == "no \"such\" session");
  const auto unknown = read_as<ErrorReply>(R"({"type":"error","code":"tea_time","message":"m"})");
  CHECK(unknown.code == WireError::kInternalError);
  CHECK(unknown.code_text == "tea_time");
}

TEST_CASE("events are read with seq and rev", "[protocol]") {
  std::string line;
  append_session_event(line, "session_registered", R"({"id":"s"})", 8, 2);
  const auto registered = read_as<SessionRegistered>(line);
  CHECK(registered.session.domain.id.view() == "s");
  CHECK(registered.seq == 8);
  CHECK(registered.rev == 2);

  line.clear();
  append_session_removed(line, "s", "ended", 9);
  const auto removed = read_as<SessionRemoved>(line);
  CHECK(removed.session_id == "s");
  CHECK(removed.reason == "ended");

  line.clear();
  append_activity(line, R"({"type":"notice","session_id":"s","attrs":{"kind":"x"}})", 10, 3);
  CHECK(read_as<Activity>(line).observation.type == "notice");

  line.clear();
  append_gap(line, 12);
  CHECK(read_as<Gap>(line).missed == 12);

  line.clear();
  append_report(line, "stats", R"({"a":1})");
  CHECK(read_as<Stats>(line).json == R"({"a":1})");
}

TEST_CASE("an empty snapshot is one message", "[protocol]") {
  const auto messages = snapshot({}, 1024);
  REQUIRE(messages.size() == 1);
  CHECK(messages[0] == "{\"type\":\"sessions\",\"id\":4,\"seq\":9,\"sessions\":[]}\n");
}

TEST_CASE("a snapshot over the line limit is split into parts, all but the last marked", "[protocol]") {
  CHECK(rc::check([] {
    const auto count = *rc::gen::inRange<std::size_t>(0, 60);
    const auto limit = *rc::gen::inRange<std::size_t>(200, 2000);
    std::vector<std::string> sessions;
    for (std::size_t i = 0; i < count; ++i) {
      sessions.push_back(R"({"id":")" + std::to_string(i) +
                         std::string(*rc::gen::inRange<std::size_t>(0, 100), 'x') + "\"}");
    }
    const auto messages = snapshot(sessions, limit);
    std::size_t seen = 0;
    for (std::size_t i = 0; i < messages.size(); ++i) {
      RC_ASSERT(messages[i].size() - 1 <= limit);
      const auto part = read_as<Sessions>(messages[i]);
      RC_ASSERT(part.more == (i + 1 < messages.size()));
      RC_ASSERT(part.seq == 9U);
      for (const auto& session : part.sessions) {
        RC_ASSERT(R"({"id":")" + session.domain.id.str() + "\"}" == sessions.at(seen));
        ++seen;
      }
    }
    RC_ASSERT(seen == count);
  }));
}

TEST_CASE("an invalid daemon message is an error, and differs from an unknown type", "[protocol]") {
  DaemonMessageReader reader;
  const std::string bad = GENERATE("", "x", "[]", "{}", R"({"type":7})", R"({"type":"session"})",
                                   R"({"type":"session","session":{}})", R"({"type":"sessions"})",
                                   R"({"type":"sessions","sessions":[1]})", R"({"type":"activity"})");
  CHECK(reader.read(bad).error().code == atm::ErrorCode::kParseError);
  CHECK(reader.read(R"({"type":"weather"})").error().code == atm::ErrorCode::kUnsupported);
}
