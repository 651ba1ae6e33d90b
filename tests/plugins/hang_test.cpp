// SPDX-License-Identifier: MIT
// A call into a plugin that does not return: it is named, and the watchdog messages stop.
#include <chrono>

#include "plugins/bad.hpp"
#include "support/catch.hpp"
#include "support/wait.hpp"

using namespace atm::test;
using namespace std::chrono_literals;

namespace {

constexpr auto kLongestWait = 20s;
constexpr auto kSilence = 200ms;

std::string hanging(const std::string& at, const std::string& how) {
  return "[limits]\nstop_seconds = 1\nhung_call_seconds = 1\n[plugins.faulty]\nat = \"" + at +
         "\"\nhow = \"" + how + "\"\n";
}

}  // namespace

TEST_CASE("an endless loop in a parser stops the watchdog messages", "[hang]") {
  const Home home;
  const std::string dir = home.plugin(bad("faulty")).string();
  home.config("[limits]\nstop_seconds = 1\n[plugins.faulty]\nat = \"parse\"\nhow = \"loop\"\n");
  Atmd atmd(home, {"--plugin-dir", dir},
            {{"WATCHDOG_USEC=" + std::to_string(std::chrono::microseconds(kSilence).count())}});
  CHECK(atmd.notification(kLongestWait) == "READY=1");
  CHECK(atmd.notification(kLongestWait) == "WATCHDOG=1");
  atmd.tell(ingest("faulty/hook", "bad"));
  // At most the replies in progress; then silence for many times the watchdog interval.
  int late = 0;
  while (late < 5 && atmd.notification(10 * kSilence)) ++late;
  CHECK(late < 5);
  CHECK(atmd.stop() == 70);
}

TEST_CASE("without a service manager a daemon whose plugin hangs names the call and ends itself", "[hang]") {
  const Home home;
  const std::string dir = home.plugin(bad("faulty")).string();
  const auto [at, message] = GENERATE(table<std::string, std::string>(
      {{"parse", ingest("faulty/hook", "bad")}, {"analyze", ingest("faulty/hook", "s1")}, {"start", ""}}));
  home.config(hanging(at, "pause"));
  Atmd atmd(home, {"--plugin-dir", dir});
  if (!message.empty()) {
    REQUIRE(atmd.wait_ready());
    atmd.tell(message);
  }
  CHECK(atmd.wait() == 70);
  CHECK(contains(atmd.output(), "plugin=faulty call=" + at));
  CHECK(contains(atmd.output(), "has not returned"));
}

TEST_CASE("plugins and stats name a hanging call", "[hang]") {
  const Home home;
  const std::string dir = home.plugin(bad("faulty")).string();
  home.config(hanging("analyze", "pause"));
  // A service manager takes over: the daemon does not end itself.
  Atmd atmd(home, {"--plugin-dir", dir}, {{"WATCHDOG_USEC=600000000"}});
  REQUIRE(atmd.wait_ready());
  atmd.tell(ingest("faulty/hook", "s1"));
  CHECK(becomes_true(
      [&] { return contains(atmd.ask(R"({"type":"get_plugins"})"), R"("hung":{"call":"analyze")"); }));
  CHECK(contains(atmd.ask(R"({"type":"get_stats"})"), R"("hung_calls":1)"));
  CHECK(contains(atmd.output(), "plugin=faulty call=analyze"));
  CHECK(atmd.stop() == 70);
}

TEST_CASE("SIGTERM and SIGINT end a hanging start of a plugin", "[hang]") {
  const std::string at = GENERATE("create", "start");
  const int signal = GENERATE(SIGTERM, SIGINT);
  const Home home;
  const std::string dir = home.plugin(bad("faulty")).string();
  home.config("[limits]\nstop_seconds = 1\n[plugins.faulty]\nat = \"" + at + "\"\nhow = \"pause\"\n");
  Atmd atmd(home, {"--plugin-dir", dir});
  REQUIRE(becomes_true([&] { return contains(atmd.output(), "faulty pauses in " + at); }));
  CHECK(atmd.stop(signal) == 70);
  CHECK(contains(atmd.output(), "plugin=faulty call=" + at));
  CHECK(contains(atmd.output(), "ended by force"));
}

TEST_CASE("SIGTERM during a slow start of a plugin is a normal stop", "[hang]") {
  const Home home;
  const std::string dir = home.plugin(bad("faulty")).string();
  home.config("[plugins.faulty]\nat = \"create\"\nhow = \"sleep\"\n");
  Atmd atmd(home, {"--plugin-dir", dir});
  REQUIRE(becomes_true(
      [&] { return std::filesystem::exists(home.marker("faulty")) || contains(atmd.output(), "ready"); }));
  CHECK(atmd.stop() == 0);
  CHECK_FALSE(std::filesystem::exists(home.socket()));
}
