// SPDX-License-Identifier: MIT
#include <filesystem>

#include "support/catch.hpp"
#include "wire_client.hpp"

using namespace atm::test;
using namespace atm::protocol;
namespace fs = std::filesystem;

TEST_CASE("SIGTERM stops normally with subscribers connected, and removes the socket and the lock",
          "[wire]") {
  ServedDaemon daemon;
  Wire reading(daemon);
  static_cast<void>(reading.greet());
  static_cast<void>(reading.ask<Ok>(R"({"type":"subscribe"})"));
  static_cast<void>(reading.next<Sessions>());
  // A client that reads nothing, with more output pending than the socket holds.
  Wire stuck(daemon);
  std::string flood = std::string(kHello) + "\n{\"type\":\"subscribe\"}\n";
  for (int i = 0; i < 20'000; ++i) flood += "{\"type\":\"get_stats\"}\n";
  static_cast<void>(stuck.send_some(flood));
  // A client that has not sent hello.
  const Wire silent(daemon);
  CHECK(daemon.process().stop() == 0);
  CHECK(reading.is_closed_by_daemon());
  CHECK_FALSE(fs::exists(daemon.socket()));
  CHECK_FALSE(fs::exists(daemon.socket().string() + ".lock"));
}

TEST_CASE("TRAP-W7: a second atmd on the same socket is refused with a clear message and disturbs nothing",
          "[wire]") {
  ServedDaemon daemon;
  Wire client(daemon);
  static_cast<void>(client.greet());
  static_cast<void>(client.ask<Ok>(R"({"type":"register","session_id":"s"})"));
  const auto pid = daemon.stat({"process", "pid"});
  {
    const Home other;
    Atmd second(other, {"--plugin-dir", ATM_TEST_PLUGINS, "--socket", daemon.socket().string()});
    CHECK_FALSE(second.wait_ready());
    CHECK(second.wait() == 1);
    CHECK(second.output().find(daemon.socket().string()) != std::string::npos);
    CHECK(second.output().find("pid " + std::to_string(pid)) != std::string::npos);
  }
  CHECK(client.ask<SessionReply>(R"({"type":"get_session","session_id":"s"})").session.domain.id.view() ==
        "s");
  Wire another(daemon);
  CHECK(another.greet().accepted);
  CHECK(daemon.process().stop() == 0);
}

TEST_CASE("TRAP-W7: the files of a killed atmd do not prevent the next start", "[wire]") {
  ServedDaemon daemon;
  CHECK(daemon.process().stop(SIGKILL) == 128 + SIGKILL);
  CHECK(fs::exists(daemon.socket()));
  daemon.restart();
  Wire wire(daemon);
  CHECK(wire.greet().accepted);
}

TEST_CASE("messages sent before SIGTERM are handled before the end", "[wire]") {
  ServedDaemon daemon;
  Wire listener(daemon);
  static_cast<void>(listener.greet());
  static_cast<void>(listener.ask<Ok>(R"({"type":"subscribe"})"));
  static_cast<void>(listener.next<Sessions>());
  Wire wire(daemon);
  wire.send_raw(std::string(kHello) + "\n{\"type\":\"register\",\"session_id\":\"last\"}\n");
  daemon.process().signal(SIGTERM);
  CHECK(wire.next<ServerHello>().accepted);
  static_cast<void>(wire.next<Ok>());
  CHECK(daemon.process().wait() == 0);
}

TEST_CASE("the socket is private to its owner", "[wire]") {
  const ServedDaemon daemon;
  const auto others = fs::perms::group_all | fs::perms::others_all;
  CHECK((fs::status(daemon.socket()).permissions() & others) == fs::perms::none);
  CHECK((fs::status(daemon.socket().parent_path()).permissions() & others) == fs::perms::none);
}
