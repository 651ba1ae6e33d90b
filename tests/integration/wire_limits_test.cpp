// SPDX-License-Identifier: MIT
#include <string>

#include "support/catch.hpp"
#include "wire_client.hpp"

using namespace atm::test;
using namespace atm::protocol;

TEST_CASE("WIRE-L1, TRAP-W6: the limit of sessions holds on every path that creates one", "[wire]") {
  const ServedDaemon daemon("[limits]\nsessions = 3\n");
  Wire wire(daemon);
  static_cast<void>(wire.greet());
  static_cast<void>(wire.ask<Ok>(R"({"type":"register","session_id":"a"})"));
  wire.send(hook("b", "SessionStart", R"("source":"startup")"));
  wire.send(status_line("c", 1));
  CHECK(wire.ask<Sessions>(R"({"type":"get_all_sessions"})").sessions.size() == 3);

  CHECK(wire.ask<ErrorReply>(R"({"type":"register","session_id":"d"})").code == WireError::kRegistryFull);
  wire.send(hook("e", "SessionStart", R"("source":"startup")"));
  wire.send(status_line("f", 1));
  CHECK(wire.ask<Sessions>(R"({"type":"get_all_sessions"})").sessions.size() == 3);
  CHECK(daemon.stat({"registry", "rejected_full"}) >= 3);
  CHECK(daemon.stat({"registry", "max_sessions"}) == 3);
}

TEST_CASE("WIRE-L3: a subscription over the limit is refused, and the connection remains", "[wire]") {
  const ServedDaemon daemon("[limits]\nsubscribers = 3\n");
  // The plugins claude_code and processes use the other two.
  Wire first(daemon);
  static_cast<void>(first.greet());
  static_cast<void>(first.ask<Ok>(R"({"type":"subscribe"})"));
  static_cast<void>(first.next<Sessions>());
  Wire second(daemon);
  static_cast<void>(second.greet());
  CHECK(second.ask<ErrorReply>(R"({"type":"subscribe"})").code == WireError::kTooManyClients);
  static_cast<void>(first.ask<Ok>(R"({"type":"unsubscribe"})"));
  static_cast<void>(second.ask<Ok>(R"({"type":"subscribe"})"));
}

TEST_CASE("TRAP-W8: a path cut inside a character does not harm the registry", "[wire]") {
  const ServedDaemon daemon;
  Wire wire(daemon);
  static_cast<void>(wire.greet());
  // Each of the four offsets at which a limit can split a four-byte character.
  for (std::size_t pad = 0; pad < 4; ++pad) {
    std::string cwd(pad, 'a');
    while (cwd.size() < 10'000) cwd += "\xF0\x9F\x98\x80";
    const std::string id = "s" + std::to_string(pad);
    std::string line = hook(id, "SessionStart", R"("source":"startup")");
    line.replace(line.find(R"("/w")"), 4, '"' + cwd + '"');
    wire.send(line);
    const auto session =
        wire.ask<SessionReply>(R"({"type":"get_session","session_id":")" + id + "\"}").session;
    const std::string kept = session.domain.working_directory.value_or("");
    CHECK(atm::utf8_valid(kept));
    CHECK(kept.size() <= 10'000);
  }
  CHECK(daemon.stat({"registry", "dead"}) == 0);
}

TEST_CASE("TRAP-W10: a prompt of hundreds of kilobytes appears in no message", "[wire]") {
  const ServedDaemon daemon;
  Wire listener(daemon);
  static_cast<void>(listener.greet());
  static_cast<void>(listener.ask<Ok>(R"({"type":"subscribe","activity":true})"));
  Wire wire(daemon);
  static_cast<void>(wire.greet());
  wire.send(hook("s", "UserPromptSubmit", "\"prompt\":\"" + std::string(400'000, 'p') + '"'));
  wire.send(hook("s", "Stop", "\"last_assistant_message\":\"" + std::string(400'000, 'q') + '"'));
  wire.send(hook("s", "SessionEnd", R"("reason":"other")"));
  for (bool is_over = false; !is_over;) {
    const auto line = listener.line();
    REQUIRE(line.has_value());
    CHECK(line->size() < 8192);
    is_over = line->find("\"session.ended\"") != std::string::npos;
  }
}
