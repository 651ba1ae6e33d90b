// SPDX-License-Identifier: MIT
#include <rapidcheck.h>

#include <atm/protocol/client_message_reader.hpp>
#include <atm/protocol/client_message_writer.hpp>
#include <string>
#include <variant>

#include "support/catch.hpp"

using namespace atm::protocol;

namespace {

Request accept(const std::string& line) {
  ClientMessageReader reader;
  auto read = reader.read(line);
  if (auto* rejection = std::get_if<Rejection>(&read)) FAIL(line << " was refused: " << rejection->message);
  return std::get<Request>(std::move(read));
}

template <class Message>
Message accept_as(const std::string& line) {
  return std::get<Message>(accept(line).message);
}

Rejection refuse(const std::string& line) {
  ClientMessageReader reader;
  auto read = reader.read(line);
  if (std::holds_alternative<Request>(read)) FAIL(line << " was taken");
  return std::get<Rejection>(std::move(read));
}

std::string deep(std::size_t levels) {
  return R"({"type":"ingest","channel":"c","payload":)" + std::string(levels, '[') +
         std::string(levels, ']') + "}";
}

rc::Gen<std::string> text() {
  return rc::gen::map(rc::gen::nonEmpty(rc::gen::string<std::string>()), [](const std::string& bytes) {
    return std::string(atm::utf8_cut(atm::utf8_sanitize(bytes), 60)) + "x";
  });
}

Request back_and_forth(const ClientMessage& message, const RequestId& id) {
  std::string line;
  append_client_message(line, message, id);
  RC_ASSERT(line.find('\n') == line.size() - 1);
  ClientMessageReader reader;
  auto read = reader.read(std::string_view(line).substr(0, line.size() - 1));
  RC_ASSERT(std::holds_alternative<Request>(read));
  return std::get<Request>(std::move(read));
}

}  // namespace

TEST_CASE("hello is read with its version as an object or as text", "[protocol]") {
  const std::string version = GENERATE(R"({"major":1,"minor":7})", R"("1.7")");
  const auto hello =
      accept_as<Hello>(R"({"type":"hello","client_type":"tui","protocol_version":)" + version + "}");
  CHECK(hello == Hello{{1, 7}, ClientType::kTui});
}

TEST_CASE("a client type of a newer version is accepted", "[protocol]") {
  CHECK(accept_as<Hello>(R"({"type":"hello","client_type":"web","protocol_version":"1.9"})").client_type ==
        ClientType::kOther);
}

TEST_CASE("hello without a usable version is an invalid message", "[protocol]") {
  const std::string version =
      GENERATE("null", "1", R"("1")", R"("1.x")", R"({"major":1})", R"({"major":"1","minor":0})",
               R"({"major":70000,"minor":0})", R"({"major":-1,"minor":0})", "[]");
  CHECK(refuse(R"({"type":"hello","protocol_version":)" + version + "}").code == WireError::kInvalidMessage);
}

TEST_CASE("a type may contain hyphens", "[protocol]") {
  CHECK(accept_as<GetSession>(R"({"type":"get-session","session_id":"s"})").session_id == "s");
  CHECK_NOTHROW(accept_as<GetAllSessions>(R"({"type":"get-all_sessions"})"));
}

TEST_CASE("WIRE-F3: unknown fields are ignored and null counts as absent", "[protocol]") {
  const auto message = accept_as<Register>(
      R"({"type":"register","session_id":"s","pid":null,"future":{"a":[1]},"agent_type":"plan"})");
  CHECK(message.agent_type == "plan");
  CHECK_FALSE(message.pid.has_value());
}

TEST_CASE("the context of update_context is read with the protocol's names", "[protocol]") {
  const auto message = accept_as<UpdateContext>(
      R"({"type":"update_context","session_id":"s","context":{"total_input_tokens":1,"total_output_tokens":2,)"
      R"("context_window_size":3,"current_input_tokens":4,"current_output_tokens":5,"cache_creation_tokens":6,)"
      R"("cache_read_tokens":7}})");
  CHECK(message.usage.total_input_tokens == 1U);
  CHECK(message.usage.total_output_tokens == 2U);
  CHECK(message.usage.context_window_size == 3U);
  CHECK(message.usage.current_input_tokens == 4U);
  CHECK(message.usage.current_output_tokens == 5U);
  CHECK(message.usage.cache_creation_tokens == 6U);
  CHECK(message.usage.cache_read_tokens == 7U);
  CHECK_FALSE(message.cost.has_value());
}

TEST_CASE("OBS-S1: the context of update_context is read with the scripts' names", "[protocol]") {
  const auto message = accept_as<UpdateContext>(
      R"({"type":"update_context","session_id":"s","context":{"input_tokens":10,"output_tokens":20,)"
      R"("used_percentage":12.5,"cost_usd":0.25,"timestamp":"2026-03-01T12:00:00Z"}})");
  CHECK(message.usage.total_input_tokens == 10U);
  CHECK(message.usage.total_output_tokens == 20U);
  CHECK(message.usage.used_percentage == 12.5);
  CHECK(message.cost == atm::Money::from_microdollars(250'000));
  CHECK(message.time == atm::parse_rfc3339("2026-03-01T12:00:00Z"));
  // The total is not the number of tokens in the context window.
  CHECK_FALSE(message.usage.context_tokens().has_value());
}

TEST_CASE("a count that is text is refused", "[protocol]") {
  const auto rejection =
      refuse(R"({"type":"update_context","session_id":"s","context":{"input_tokens":"1000"}})");
  CHECK(rejection.code == WireError::kInvalidMessage);
  CHECK(rejection.message.find("context.input_tokens") != std::string::npos);
}

TEST_CASE("the payload of ingest may be JSON or text", "[protocol]") {
  const auto json =
      accept_as<Ingest>(R"({"type":"ingest","channel":"c/h","payload":{"a":[1,"x"]},"ack":true})");
  CHECK(json.payload == R"({"a":[1,"x"]})");
  CHECK(json.ack);
  const auto text_form = accept_as<Ingest>(R"({"type":"ingest","channel":"c/h","payload":"{\"a\":1}"})");
  CHECK(text_form.payload == R"({"a":1})");
  CHECK(text_form.payload_is_text);
}

TEST_CASE("an id is echoed unchanged, as text or number", "[protocol]") {
  CHECK(accept(R"({"type":"ping","seq":1,"id":"a\"b"})").id.json() == R"("a\"b")");
  CHECK(accept(R"({"type":"ping","seq":1,"id":-12})").id.json() == "-12");
  CHECK(accept(R"({"type":"ping","seq":1})").id.absent());
  CHECK(refuse(R"({"type":"nope","id":7})").id.json() == "7");
  CHECK(refuse(R"({"type":"ping","id":[1]})").code == WireError::kInvalidMessage);
}

TEST_CASE("a line that is not JSON produces an error", "[protocol]") {
  const std::string line =
      GENERATE(std::string("hello"), std::string("{"), std::string("{\"type\":}"),
               std::string("{\"type\":\"ping\"} x"), std::string("{\"type\":\"\xff\"}"), deep(10'000));
  CHECK(refuse(line).code == WireError::kInvalidJson);
}

TEST_CASE("JSON of another shape is an invalid message", "[protocol]") {
  const std::string line = GENERATE(
      "[]", "7", "\"hello\"", "null", "{}", R"({"type":1})", R"({"type":null})", R"({"type":{}})",
      R"({"type":"get_session"})", R"({"type":"get_session","session_id":""})",
      R"({"type":"get_session","session_id":5})", R"({"type":"acknowledge"})",
      R"({"type":"register","session_id":"s","pid":"1"})", R"({"type":"register","session_id":"s","pid":0})",
      R"({"type":"register","session_id":"s","pid":1.5})", R"({"type":"update_context","session_id":"s"})",
      R"({"type":"update_context","session_id":"s","context":[]})",
      R"({"type":"subscribe","activity":"yes"})", R"({"type":"subscribe","at":1,"activity":true})",
      R"({"type":"subscribe","at":"noon"})", R"({"type":"seek"})", R"({"type":"seek","at":true})",
      R"({"type":"set_speed"})", R"({"type":"set_speed","speed":-1})", R"({"type":"set_speed","speed":1e7})",
      R"({"type":"ingest","payload":{}})", R"({"type":"ingest","channel":"c"})",
      R"({"type":"ingest","channel":"c","payload":{},"context":"x"})", R"({"type":"ping","seq":-1})",
      R"({"type":"get_all_sessions","filter":"x"})");
  CHECK(refuse(line).code == WireError::kInvalidMessage);
}

TEST_CASE("a session id may have at most 256 bytes", "[protocol]") {
  const auto line = [](std::size_t size) {
    return R"({"type":"get_session","session_id":")" + std::string(size, 'i') + "\"}";
  };
  CHECK(accept_as<GetSession>(line(256)).session_id.size() == 256);
  CHECK(refuse(line(257)).code == WireError::kInvalidMessage);
}

TEST_CASE("an unknown type differs from a malformed message and is named", "[protocol]") {
  const auto rejection = refuse(R"({"type":"brew_coffee"})");
  CHECK(rejection.code == WireError::kUnknownType);
  CHECK(rejection.message.find("brew_coffee") != std::string::npos);
}

TEST_CASE("every message survives writing and reading", "[protocol]") {
  CHECK(rc::check([] {
    const auto maybe = [] { return *rc::gen::maybe(text()); };
    const auto optional = [](const rc::Maybe<std::string>& m) {
      return m ? std::optional<std::string>(*m) : std::nullopt;
    };
    UpdateContext update{*text()};
    update.usage.total_input_tokens = *rc::gen::arbitrary<std::uint64_t>();
    update.usage.cache_read_tokens = *rc::gen::arbitrary<std::uint64_t>();
    update.usage.used_percentage = *rc::gen::inRange(0, 100);
    update.cost = atm::Money::from_microdollars(*rc::gen::inRange<std::int64_t>(-1'000'000, 1'000'000'000));
    update.time = atm::Timestamp(std::chrono::nanoseconds(*rc::gen::arbitrary<std::int64_t>()));
    Register registration{*text()};
    registration.agent = optional(maybe());
    registration.working_dir = optional(maybe());
    registration.pid = *rc::gen::inRange(1, 4'000'000);
    GetAllSessions all;
    all.filter.status = optional(maybe());
    all.filter.agent = optional(maybe());
    const atm::Timestamp time(std::chrono::nanoseconds(*rc::gen::arbitrary<std::int64_t>()));
    const double speed = *rc::gen::inRange(0, 1'000'000) / 8.0;
    const ClientMessage message = *rc::gen::elementOf(std::vector<ClientMessage>{
        Hello{{*rc::gen::arbitrary<std::uint16_t>(), *rc::gen::arbitrary<std::uint16_t>()},
              ClientType::kCli,
              *rc::gen::arbitrary<bool>()},
        registration, update, EndSession{*text()}, Acknowledge{*text()}, GetSession{*text()}, all,
        Subscribe{optional(maybe()), *rc::gen::arbitrary<bool>()}, Unsubscribe{},
        Subscribe{optional(maybe()), false, time, speed}, Seek{time}, SetSpeed{speed},
        Ingest{*text(), R"({"a":[1,"x"]})", *rc::gen::arbitrary<bool>(), R"({"pid":1})", true},
        Ping{*rc::gen::arbitrary<std::uint64_t>()}, GetStats{}, GetPlugins{}, Discover{}});
    const RequestId id = *rc::gen::element(RequestId{}, RequestId::number(-7), RequestId::text("x\"y"));
    RC_ASSERT(back_and_forth(message, id) == (Request{id, message}));
  }));
}

TEST_CASE("any line gets a message or an error", "[protocol]") {
  ClientMessageReader reader;
  CHECK(rc::check([&reader](const std::string& noise) {
    static_cast<void>(reader.read(noise));
    static_cast<void>(reader.read(R"({"type":"register","session_id":)" + noise + "}"));
    // The reader is usable again afterwards.
    RC_ASSERT(std::holds_alternative<Request>(reader.read(R"({"type":"ping","seq":1})")));
  }));
}
