// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "wire_client.hpp"

using namespace atm::test;
using namespace atm::protocol;

namespace {

Session session_of(Wire& wire) {
  return wire.ask<SessionReply>(R"({"type":"get_session","session_id":"s"})").session;
}

}  // namespace

TEST_CASE("TRAP-S2: a status line after the turn's end does not make the session active again", "[wire]") {
  const ServedDaemon daemon;
  Wire wire(daemon);
  static_cast<void>(wire.greet());
  wire.send(hook("s", "SessionStart", R"("source":"startup")"));
  wire.send(hook("s", "UserPromptSubmit", R"("prompt":"x")"));
  CHECK(session_of(wire).domain.status.is_active());
  wire.send(hook("s", "Stop"));
  const auto ended = session_of(wire).domain.status;
  CHECK_FALSE(ended.is_active());
  wire.send(status_line("s", 0.5));
  const auto session = session_of(wire).domain;
  CHECK(session.status == ended);
  CHECK(session.cost == atm::Money::from_usd(0.5));
}

TEST_CASE("TRAP-S3: a partial status line does not reset cost or context to zero", "[wire]") {
  const ServedDaemon daemon;
  Wire wire(daemon);
  static_cast<void>(wire.greet());
  wire.send(
      status_line("s", 1.25,
                  R"("context_window":{"context_window_size":200000,"used_percentage":40,"current_usage":)"
                  R"({"input_tokens":7,"output_tokens":3,"cache_creation_input_tokens":1396,)"
                  R"("cache_read_input_tokens":37532}})"));
  const auto before = session_of(wire).domain;
  REQUIRE(before.context.context_tokens() == 38'935U);
  REQUIRE(before.cost == atm::Money::from_usd(1.25));
  // The status that Claude Code sends at its start and after a clear.
  wire.send(R"({"type":"ingest","channel":"claude_code/status_line","payload":{"session_id":"s","cwd":"/w",)"
            R"("context_window":{"current_usage":null,"used_percentage":null}}})");
  wire.sync();
  const auto after = session_of(wire).domain;
  CHECK(after.context.context_tokens() == 38'935U);
  CHECK(after.context.context_window_size == 200'000U);
  CHECK(after.cost == before.cost);
}
