// SPDX-License-Identifier: MIT
#include <poll.h>

#include "report.hpp"
#include "support/catch.hpp"

namespace atm::cli {
namespace {

TEST_CASE("a report contains the output of its commands, and stops them at its end", "[dashboard]") {
  Report report;
  const auto finish = [&report] {
    while (report.is_running()) {
      pollfd wait{report.fd(), POLLIN, 0};
      REQUIRE(::poll(&wait, 1, 20'000) == 1);
      report.read();
    }
  };
  report.start({{"/bin/sh", "-c", "echo one; echo $COLUMNS >&2"}, {"/bin/sh", "-c", "printf 'two\\033[31m'"}},
               77);
  finish();
  CHECK(report.lines() == std::vector<std::string>{"one", "77", "", "two\uFFFD[31m"});
  report.start(
      {{"/bin/sh", "-c", "echo same"}, {"/bin/sh", "-c", "echo same"}, {"/bin/sh", "-c", "echo other"}}, 80);
  finish();
  CHECK(report.lines() == std::vector<std::string>{"same", "", "other"});
  report.start({{"/nowhere/atm"}}, 80);
  finish();
  CHECK(report.lines() == std::vector<std::string>{"cannot run this program again; is it still installed?"});
  report.start({{"/bin/sh", "-c", "echo ready; sleep 100"}}, 80);
  report.stop();
  CHECK_FALSE(report.is_running());
}

}  // namespace
}  // namespace atm::cli
