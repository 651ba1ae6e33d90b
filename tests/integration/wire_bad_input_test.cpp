// SPDX-License-Identifier: MIT
// Bad input: an error to the sender, a count in the stats, no other effect.
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "wire_client.hpp"

using namespace atm::test;
using namespace atm::protocol;

namespace {

struct Bad {
  const char* what;
  std::string line;
  WireError answer;
};

std::string deep(std::size_t levels) {
  return std::string(levels, '[') + std::string(levels, ']');
}

std::vector<Bad> bad_lines() {
  const std::string ingest = R"({"type":"ingest","channel":"claude_code/hook","payload":)";
  return {
      {"text", "hello there", WireError::kInvalidJson},
      {"half an object", R"({"type":"ping")", WireError::kInvalidJson},
      {"two values", R"({"type":"ping","seq":1} {})", WireError::kInvalidJson},
      {"a NUL behind an object", std::string(R"({"type":"ping","seq":1})") + '\0', WireError::kInvalidJson},
      {"an array", "[1,2]", WireError::kInvalidMessage},
      {"a number", "7", WireError::kInvalidMessage},
      {"null", "null", WireError::kInvalidMessage},
      {"no type", R"({"seq":1})", WireError::kInvalidMessage},
      {"a type that is a number", R"({"type":5})", WireError::kInvalidMessage},
      {"an unknown type", R"({"type":"brew_coffee"})", WireError::kUnknownType},
      {"a session id that is a number", R"({"type":"get_session","session_id":5})",
       WireError::kInvalidMessage},
      {"no session id", R"({"type":"end_session"})", WireError::kInvalidMessage},
      {"an empty session id", R"({"type":"register","session_id":""})", WireError::kInvalidMessage},
      {"a count that is text", R"({"type":"update_context","session_id":"s","context":{"input_tokens":"9"}})",
       WireError::kInvalidMessage},
      {"10,000 levels", deep(10'000), WireError::kInvalidJson},
      {"10,000 levels in a payload", ingest + deep(10'000) + "}", WireError::kInvalidMessage},
      {"invalid UTF-8", "{\"type\":\"get_session\",\"session_id\":\"\xff\xfe\"}", WireError::kInvalidJson},
      {"invalid UTF-8 in a payload", ingest + "{\"session_id\":\"a\xC3\"}}", WireError::kInvalidJson},
      {"a surrogate in UTF-8", "{\"type\":\"\xED\xA0\x80\"}", WireError::kInvalidJson},
      {"a payload that is not JSON", ingest + "{\"a\":}}", WireError::kInvalidMessage},
      {"a payload as text with a NUL behind its document",
       ingest + R"("{\"session_id\":\"s\",\"hook_event_name\":\"Stop\"}\u0000"})",
       WireError::kInvalidMessage},
      {"a payload without a session", ingest + R"({"hook_event_name":"Stop"}})", WireError::kInvalidMessage},
      {"a payload of another shape", ingest + "[1]}", WireError::kInvalidMessage},
      {"a channel nobody reads", R"({"type":"ingest","channel":"nobody/hook","payload":{}})",
       WireError::kNotFound},
      {"a context of another shape", ingest + R"({},"context":[]})", WireError::kInvalidMessage},
      {"a pid that is text", ingest + R"({},"context":{"pid":"1"}})", WireError::kInvalidMessage},
  };
}

}  // namespace

TEST_CASE("WIRE-B1: each bad line is answered with its error and counted, and changes nothing else",
          "[wire]") {
  const ServedDaemon daemon;
  Wire wire(daemon);
  static_cast<void>(wire.greet());
  static_cast<void>(wire.ask<Ok>(R"({"type":"register","session_id":"s"})"));
  const auto before = wire.ask<SessionReply>(R"({"type":"get_session","session_id":"s"})").session.domain;
  std::int64_t errors[15]{};
  for (const Bad& bad : bad_lines()) {
    INFO(bad.what);
    const auto error = wire.ask<ErrorReply>(bad.line);
    CHECK(error.code == bad.answer);
    CHECK_FALSE(error.message.empty());
    ++errors[static_cast<std::size_t>(bad.answer)];
    // The connection works, and no reply is pending on it.
    CHECK(wire.ask<Pong>(R"({"type":"ping","seq":1})").seq == 1);
  }
  const auto all = daemon.sessions();
  REQUIRE(all.size() == 1);
  CHECK(all[0].domain == before);
  for (const WireError code :
       {WireError::kInvalidJson, WireError::kInvalidMessage, WireError::kUnknownType, WireError::kNotFound}) {
    const std::string name = "error_" + std::string(wire_error_name(code));
    CHECK(daemon.stat({"plugins", "unix", name}) == errors[static_cast<std::size_t>(code)]);
  }
}

TEST_CASE("WIRE-B2, WIRE-F2: a line of 1 MiB is accepted, one more byte gets message_too_large and a close",
          "[wire]") {
  const ServedDaemon daemon;
  const std::size_t limit = 1'048'576;
  const std::string begin = R"({"type":"ping","seq":6,"x":")";
  const std::string line = begin + std::string(limit - begin.size() - 2, 'x') + "\"}";
  REQUIRE(line.size() == limit);
  Wire fits(daemon);
  static_cast<void>(fits.greet());
  CHECK(fits.ask<Pong>(line).seq == 6);
  Wire large(daemon);
  static_cast<void>(large.greet());
  CHECK(large.ask<ErrorReply>(line + " ").code == WireError::kMessageTooLarge);
  CHECK(large.is_closed_by_daemon());
  CHECK(daemon.stat({"plugins", "unix", "error_message_too_large"}) == 1);
}

TEST_CASE("WIRE-B3: a line that arrives byte by byte is a line", "[wire]") {
  const ServedDaemon daemon;
  Wire wire(daemon);
  static_cast<void>(wire.greet());
  for (const char c : std::string(R"({"type":"ping","seq":12})") + "\r\n") wire.send_raw({&c, 1});
  CHECK(wire.next<Pong>().seq == 12);
}
