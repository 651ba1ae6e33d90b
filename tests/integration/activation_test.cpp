// SPDX-License-Identifier: MIT
// Tests of a socket that exists before the daemon and remains after it.
#include <filesystem>
#include <string>
#include <vector>

#include "socket_unit.hpp"
#include "support/catch.hpp"
#include "wire_client.hpp"

using namespace atm::test;
using namespace atm::protocol;
namespace fs = std::filesystem;

namespace {

std::vector<std::string> with_plugins() {
  return {"--plugin-dir", ATM_TEST_PLUGINS};
}

}  // namespace

TEST_CASE("a client that connects before the daemon starts is served", "[activation]") {
  const Home home;
  const SocketUnit unit(home);
  Wire early(unit.path());
  early.send(kHello);
  early.send(R"({"type":"register","session_id":"early"})");
  {
    // Like a hook, it closes before a daemon reads its message.
    Wire gone(unit.path());
    gone.send_raw(std::string(kHello) + "\n" + hook("gone", "SessionStart", R"("source":"startup")") + "\n");
  }
  Atmd atmd(home, with_plugins(), unit.manager());
  REQUIRE(atmd.wait_ready());
  CHECK(early.next<ServerHello>().accepted);
  static_cast<void>(early.next<Ok>());
  early.sync();
  CHECK(early.ask<Sessions>(R"({"type":"get_all_sessions"})").sessions.size() == 2);
  CHECK(atmd.output().find("socket=" + unit.path().string()) != std::string::npos);
  CHECK(atmd.stop() == 0);
}

TEST_CASE("TRAP-W1: the messages of a thousand hooks that end before the daemon starts are all read",
          "[activation]") {
  const Home home;
  const SocketUnit unit(home);
  constexpr int kHooks = 1000;
  for (int i = 0; i < kHooks; ++i) {
    Wire wire(unit.path());
    wire.send_raw(std::string(kHello) + "\n" + status_line("s" + std::to_string(i % 50), 0.01 * (i + 1)) +
                  "\n");
  }
  Atmd atmd(home, with_plugins(), unit.manager());
  REQUIRE(atmd.wait_ready());
  Wire wire(unit.path());
  static_cast<void>(wire.greet());
  // This request is behind them in the queue, so they have been read.
  wire.sync();
  const auto all = wire.ask<Sessions>(R"({"type":"get_all_sessions"})").sessions;
  REQUIRE(all.size() == 50);
  for (const auto& session : all) {
    const int number = std::stoi(session.domain.id.str().substr(1));
    CHECK(session.domain.cost == atm::Money::from_usd(0.01 * (kHooks - 50 + number + 1)));
  }
}

TEST_CASE(
    "the order of a session's hooks holds when the first hook writes 100 kB and both end before the start",
    "[activation]") {
  const Home home;
  const SocketUnit unit(home);
  constexpr int kPairs = 20;
  const auto run_hook = [&unit](const std::string& line) {
    Wire wire(unit.path());
    wire.send_raw(std::string(kHello) + "\n" + line + "\n");
  };
  const std::string large_prompt = "\"prompt\":\"" + std::string(100'000, 'x') + '"';
  for (int i = 0; i < kPairs; ++i) {
    run_hook(hook("s" + std::to_string(i), "UserPromptSubmit", large_prompt));
    run_hook(hook("s" + std::to_string(i), "Stop", R"("stop_hook_active":false)"));
  }
  Atmd atmd(home, with_plugins(), unit.manager());
  REQUIRE(atmd.wait_ready());
  Wire wire(unit.path());
  static_cast<void>(wire.greet());
  wire.sync();
  const auto all = wire.ask<Sessions>(R"({"type":"get_all_sessions"})").sessions;
  REQUIRE(all.size() == kPairs);
  for (const auto& session : all) CHECK(session.domain.status.name() == "idle");
}

TEST_CASE("a passed socket outlives the daemon: a client between two starts waits and is not refused",
          "[activation]") {
  const Home home;
  const SocketUnit unit(home);
  {
    Atmd first(home, with_plugins(), unit.manager());
    REQUIRE(first.wait_ready());
    CHECK(first.stop() == 0);
  }
  CHECK(fs::is_socket(unit.path()));
  CHECK_FALSE(fs::exists(unit.path().string() + ".lock"));
  Wire between(unit.path());
  between.send(kHello);
  Atmd second(home, with_plugins(), unit.manager());
  REQUIRE(second.wait_ready());
  CHECK(between.next<ServerHello>().accepted);
}

TEST_CASE("TRAP-W7: an activated daemon does not affect one that was started manually", "[activation]") {
  const Home home;
  Atmd by_hand(home, with_plugins());
  REQUIRE(by_hand.wait_ready());
  Wire client(home.socket());
  static_cast<void>(client.greet());
  const SocketUnit unit(home);
  const Home other;
  Atmd activated(other, with_plugins(), unit.manager());
  CHECK(activated.wait() == 1);
  CHECK(activated.output().find("pid " + std::to_string(by_hand.pid())) != std::string::npos);
  CHECK(client.ask<Pong>(R"({"type":"ping","seq":3})").seq == 3);
  CHECK(by_hand.stop() == 0);
  CHECK(fs::is_socket(unit.path()));
}

TEST_CASE("TRAP-W7: a daemon started manually does not affect an activated one", "[activation]") {
  const Home home;
  const SocketUnit unit(home);
  Atmd activated(home, with_plugins(), unit.manager());
  REQUIRE(activated.wait_ready());
  const Home other;
  Atmd by_hand(other, {"--plugin-dir", ATM_TEST_PLUGINS, "--socket", unit.path().string()});
  CHECK(by_hand.wait() == 1);
  CHECK(by_hand.output().find("pid " + std::to_string(activated.pid())) != std::string::npos);
  Wire client(unit.path());
  CHECK(client.greet().accepted);
}

TEST_CASE("a passed socket that other users can access is refused with the remedy", "[activation]") {
  const Home home;
  const SocketUnit unit(home, 0666);
  Atmd atmd(home, with_plugins(), unit.manager());
  CHECK(atmd.wait() == 1);
  CHECK(atmd.output().find("set SocketMode=0600") != std::string::npos);
  CHECK(fs::is_socket(unit.path()));
}

TEST_CASE("WIRE-S1: a passed socket together with --socket is an error", "[activation]") {
  const Home home;
  const SocketUnit unit(home);
  Atmd atmd(home, {"--plugin-dir", ATM_TEST_PLUGINS, "--socket", "/nowhere/atm.sock"}, unit.manager());
  CHECK(atmd.wait() == 1);
  CHECK(atmd.output().find("remove --socket") != std::string::npos);
}
