// SPDX-License-Identifier: MIT
#include "program.hpp"

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>

#include "support/catch.hpp"
#include "support/temp_dir.hpp"

namespace atm::cli {
namespace {

using std::chrono::milliseconds;
using test::TempDir;

// Returns true if the process is gone or a zombie.
bool is_over(const std::string& pid) {
  std::ifstream stat("/proc/" + pid + "/stat");
  std::string number;
  std::string name;
  std::string state;
  return !(stat >> number >> name >> state) || state == "Z";
}

TEST_CASE("a program that does not end is killed with its children", "[program]") {
  const TempDir dir;
  const std::string file = (dir.path() / "pid").string();
  std::string pid;
  for (milliseconds time(100); pid.empty() && time < milliseconds(20'000); time *= 2) {
    CHECK_FALSE(run_program({"/bin/sh", "-c", "sleep 600 & echo $! > " + file + "; wait"}, time).in_time);
    std::ifstream(file) >> pid;
  }
  REQUIRE_FALSE(pid.empty());
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!is_over(pid) && std::chrono::steady_clock::now() < until) ::poll(nullptr, 0, 2);
  CHECK(is_over(pid));
  CHECK_FALSE(run_program({"/nowhere/x"}, milliseconds(100)).in_time);
}

TEST_CASE("a program's output is limited, and its exit status known", "[program]") {
  const ProcessResult loud =
      run_program({"/bin/sh", "-c", "yes 2>/dev/null | head -c 1000000; exit 4"}, milliseconds(20'000));
  CHECK(loud.in_time);
  CHECK(loud.code == 4);
  CHECK(loud.output.size() == 16 * 1024);
  const ProcessResult silent =
      run_program({"/bin/sh", "-c", "exec >&- 2>&-; kill -15 $$"}, milliseconds(20'000));
  CHECK(silent.in_time);
  CHECK(silent.code == 128 + 15);
}

TEST_CASE("a program inherits the environment without the named variable", "[program]") {
  REQUIRE(::setenv("ATM_TEST_COLUMNS", "1", 1) == 0);
  REQUIRE(::setenv("ATM_TEST_COLUMNS_MORE", "2", 1) == 0);
  const auto kept = environment_without("ATM_TEST_COLUMNS");
  CHECK(std::count(kept.begin(), kept.end(), "ATM_TEST_COLUMNS=1") == 0);
  CHECK(std::count(kept.begin(), kept.end(), "ATM_TEST_COLUMNS_MORE=2") == 1);
}

}  // namespace
}  // namespace atm::cli
