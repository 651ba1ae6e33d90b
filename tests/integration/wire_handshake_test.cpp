// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "wire_client.hpp"

using namespace atm::test;
using namespace atm::protocol;

TEST_CASE("WIRE-V1: every minor version of the major version is accepted, in either spelling", "[wire]") {
  const ServedDaemon daemon;
  for (const char* version :
       {R"({"major":1,"minor":0})", R"({"major":1,"minor":1})", R"("1.0")", R"("1.1")", R"("1.65535")"}) {
    Wire wire(daemon);
    const auto hello =
        wire.greet(R"({"type":"hello","client_type":"tui","protocol_version":)" + std::string(version) + "}");
    CHECK(hello.accepted);
    CHECK(hello.protocol_version == ProtocolVersion{1, 2});
    CHECK_FALSE(hello.daemon_version.empty());
    CHECK(hello.epoch.has_value());
  }
}

TEST_CASE("WIRE-V2: another major version is refused with the reason and the daemon's version, and a close",
          "[wire]") {
  const ServedDaemon daemon;
  Wire wire(daemon);
  const auto hello = wire.greet(R"({"type":"hello","protocol_version":"2.0"})");
  CHECK_FALSE(hello.accepted);
  CHECK(hello.reason.find("2.0") != std::string::npos);
  CHECK(hello.protocol_version == ProtocolVersion{1, 2});
  CHECK(wire.is_closed_by_daemon());
}

TEST_CASE("WIRE-H1: a message before hello is answered with handshake_required, and the connection closes",
          "[wire]") {
  const ServedDaemon daemon;
  Wire wire(daemon);
  CHECK(wire.ask<ErrorReply>(R"({"type":"get_all_sessions"})").code == WireError::kHandshakeRequired);
  CHECK(wire.is_closed_by_daemon());
}

TEST_CASE(
    "WIRE-H2, TRAP-W5: a connection without hello is closed in time, a silent client after hello is not",
    "[wire]") {
  const ServedDaemon daemon;
  Wire listener(daemon);
  static_cast<void>(listener.greet());
  CHECK(listener.ask<Ok>(R"({"type":"subscribe"})").seq.has_value());
  CHECK(listener.next<Sessions>().sessions.empty());
  // The listener sends nothing for the full handshake timeout.
  Wire silent(daemon);
  Wire silent_too(daemon);
  for (Wire* const wire : {&silent, &silent_too}) {
    CHECK(wire->next<ErrorReply>().code == WireError::kHandshakeRequired);
    CHECK(wire->is_closed_by_daemon());
  }
  CHECK(daemon.stat({"plugins", "unix", "handshake_timeouts"}) == 2);
  Wire other(daemon);
  static_cast<void>(other.greet());
  other.send(R"({"type":"register","session_id":"s"})");
  CHECK(listener.next<SessionRegistered>().session.domain.id.view() == "s");
}

TEST_CASE("WIRE-H3: two clients with equal hello messages are two clients", "[wire]") {
  const ServedDaemon daemon;
  Wire first(daemon);
  Wire second(daemon);
  static_cast<void>(first.greet());
  static_cast<void>(second.greet());
  CHECK(first.ask<Ok>(R"({"type":"subscribe"})").seq.has_value());
  CHECK(second.ask<Ok>(R"({"type":"subscribe"})").seq.has_value());
  static_cast<void>(first.next<Sessions>());
  static_cast<void>(second.next<Sessions>());
  first.close();
  Wire third(daemon);
  static_cast<void>(third.greet());
  third.send(R"({"type":"register","session_id":"s"})");
  CHECK(second.next<SessionRegistered>().session.domain.id.view() == "s");
}

TEST_CASE(
    "WIRE-L2: a connection over the limit gets an error and is closed, and the end of another makes room",
    "[wire]") {
  const ServedDaemon daemon("[plugins.unix]\nmax_connections = 2\n");
  Wire first(daemon);
  static_cast<void>(first.greet());
  {
    Wire second(daemon);
    static_cast<void>(second.greet());
    Wire third(daemon);
    CHECK(third.next<ErrorReply>().code == WireError::kTooManyClients);
    CHECK(third.is_closed_by_daemon());
  }
  CHECK(daemon.stat_reaches({"plugins", "unix", "connections_refused"}, 1));
}
