// SPDX-License-Identifier: MIT
#include "kernel/plugins/call_monitor.hpp"

#include <optional>
#include <string>
#include <vector>

#include "support/catch.hpp"

using atm::kernel::CallMonitor;
using atm::kernel::CallScope;
using atm::kernel::CallSite;

namespace {

constexpr std::int64_t kOneSecond = 1'000'000'000;

struct Monitored {
  std::vector<std::string> named;
  CallMonitor monitor{5 * kOneSecond, [this](const CallSite& site, std::int64_t, bool has_returned) {
                        named.push_back(site.plugin + (has_returned ? " returned" : " hangs"));
                      }};
  /// Runs this number of checks, one second apart.
  void look(int seconds) {
    for (int i = 0; i < seconds; ++i) monitor.look(kOneSecond);
  }
};

}  // namespace

TEST_CASE("a hung call is reported once, and again when it returns", "[call_monitor]") {
  const CallSite site("echo", "parse", true, "echo/hook");
  Monitored m;
  {
    const CallScope scope(site);
    m.look(5);
    CHECK(m.named.empty());
    m.look(20);
    CHECK(m.named == std::vector<std::string>{"echo hangs"});
    CHECK(site.is_hanging);
    CHECK(m.monitor.longest_fatal_ns() == 24 * kOneSecond);
    CHECK(atm::kernel::calls_under_way() == "plugin=echo call=parse channel=echo/hook ");
  }
  m.look(1);
  CHECK(m.named == std::vector<std::string>{"echo hangs", "echo returned"});
  CHECK_FALSE(site.is_hanging);
  CHECK(site.hung_calls == 1);
  CHECK(m.monitor.longest_fatal_ns() == 0);
}

TEST_CASE("many short calls of one function are not a long call", "[call_monitor]") {
  const CallSite site("echo", "parse", true);
  Monitored m;
  for (int i = 0; i < 20; ++i) {
    const CallScope scope(site);
    m.look(1);
  }
  CHECK(m.named.empty());
}

TEST_CASE("a nested call does not shorten the outer call", "[call_monitor]") {
  const CallSite outer("source", "discover", false);
  const CallSite inner("echo", "parse", true);
  Monitored m;
  const CallScope scope(outer);
  for (int i = 0; i < 20; ++i) {
    { const CallScope nested(inner); }
    m.look(1);
  }
  CHECK(m.named == std::vector<std::string>{"source hangs"});
}

TEST_CASE("a hung source is reported and is not fatal", "[call_monitor]") {
  const CallSite site("source", "discover", false);
  Monitored m;
  const CallScope scope(site);
  m.look(100);
  CHECK(m.named == std::vector<std::string>{"source hangs"});
  CHECK(m.monitor.longest_fatal_ns() == 0);
}
