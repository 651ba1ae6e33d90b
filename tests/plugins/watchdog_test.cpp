// SPDX-License-Identifier: MIT
// TRAP-W9: a hung registry behind a working socket is detected from outside and ended.
#include "plugins/bad.hpp"
#include "support/catch.hpp"

using namespace atm::test;
using namespace std::chrono_literals;

namespace {

constexpr auto kTimeout = 20s;
constexpr auto kWatchdog = 200ms;

Manager with_watchdog() {
  return {{"WATCHDOG_USEC=" + std::to_string(std::chrono::microseconds(kWatchdog).count())}};
}

}  // namespace

TEST_CASE("a service manager receives the start, watchdog messages and the stop", "[watchdog][stop]") {
  const Home home;
  Atmd atmd(home, {}, with_watchdog());
  CHECK(atmd.notification(kTimeout) == "READY=1");
  for (int i = 0; i < 3; ++i) CHECK(atmd.notification(kTimeout) == "WATCHDOG=1");
  atmd.signal(SIGTERM);
  auto last = atmd.notification(kTimeout);
  while (last == "WATCHDOG=1") last = atmd.notification(kTimeout);
  CHECK(last == "STOPPING=1");
  CHECK(atmd.wait() == 0);
}

TEST_CASE("without a watchdog no watchdog messages are sent", "[watchdog]") {
  const Home home;
  Atmd atmd(home, {});
  CHECK(atmd.notification(kTimeout) == "READY=1");
  CHECK(contains(atmd.ask(R"({"type":"ping","seq":1})"), R"("type":"pong")"));
  CHECK(atmd.stop() == 0);
  CHECK(atmd.notification(kTimeout) == "STOPPING=1");
}

TEST_CASE("TRAP-W9: a hung registry stops the watchdog messages, though the socket still answers",
          "[watchdog]") {
  const Home home;
  const std::string dir = home.plugin(bad("stuck")).string();
  home.config("[limits]\nstop_seconds = 1\n");
  Atmd atmd(home, {"--plugin-dir", dir}, with_watchdog());
  CHECK(atmd.notification(kTimeout) == "READY=1");
  CHECK(atmd.notification(kTimeout) == "WATCHDOG=1");

  static_cast<void>(
      atmd.ask({ingest("claude_code/hook", R"({\"hook_event_name\":\"SessionStart\",)"
                                           R"(\"session_id\":\"s\",\"source\":\"startup\"})")}));
  // At most the replies in progress; then silence for many times the watchdog interval.
  int late = 0;
  while (late < 5 && atmd.notification(10 * kWatchdog)) ++late;
  CHECK(late < 5);
  CHECK(contains(atmd.ask(R"({"type":"ping","seq":1})"), R"("type":"pong")"));
  CHECK(atmd.stop() == 70);
}

TEST_CASE("an invalid value of the service manager is named, and the daemon does not start", "[watchdog]") {
  const Home home;
  Atmd atmd(home, {}, {{"WATCHDOG_USEC=soon"}});
  CHECK(atmd.wait() == 1);
  CHECK(contains(atmd.output(), "WATCHDOG_USEC is 'soon'"));
}
