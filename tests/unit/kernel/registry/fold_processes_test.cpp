// SPDX-License-Identifier: MIT
// One session in several live processes (STATE-I14).
#include "fold_fixture.hpp"
#include "support/catch.hpp"

using namespace atm;
using namespace atm::kernel;
using namespace atm::kernel::test;

namespace {

constexpr ProcessKey kFirst{100, 1};
constexpr ProcessKey kSecond{200, 2};

ObservationSpec bound(const ProcessKey& process) {
  return observed("process.bound",
                  {{"pid", process.pid}, {"start_ticks", static_cast<std::int64_t>(*process.start_ticks)}});
}

/// The first process is verified before the second one opens the same session.
FoldFixture in_two_processes() {
  FoldFixture fixture;
  fixture.observe(bound(kFirst).at(1s), kFirst);
  fixture.state.runtime.verified = true;
  fixture.observe(observed("session.started", {{"source", std::string("resume")}}).at(2s), kFirst);
  fixture.observe(bound(kSecond).at(3s), kSecond);
  fixture.state.runtime.verified = true;
  fixture.observe(observed("session.started", {{"source", std::string("resume")}}).at(3s), kSecond);
  return fixture;
}

}  // namespace

TEST_CASE("STATE-I14: a turn of one process does not close the question of the other one") {
  FoldFixture fixture = in_two_processes();
  fixture.observe(observed("prompt.submitted", {{"prompt.id", std::string("b")}}).at(4s), kSecond);
  fixture.observe(tool_started("t1").at(5s), kSecond);
  fixture.observe(permission("Bash").at(6s), kSecond);
  fixture.observe(observed("prompt.submitted", {{"prompt.id", std::string("a")}}).at(7s), kFirst);
  fixture.observe(finished().at(8s), kFirst);
  CHECK(fixture.status() == StatusKind::kWaitingForPermission);
  CHECK(fixture.state.runtime.pid == kSecond.pid);
  REQUIRE(fixture.state.runtime.other_processes.size() == 1);
  CHECK(fixture.state.runtime.other_processes[0].pid == kFirst.pid);
}

TEST_CASE("STATE-I14: a transcript line without a known prompt or tool changes neither process") {
  FoldFixture fixture = in_two_processes();
  fixture.observe(observed("prompt.submitted", {{"prompt.id", std::string("b")}}).at(4s), kSecond);
  fixture.observe(permission("Bash").at(6s), kSecond);
  fixture.observe(observed("turn.finished", {{"outcome", std::string("ok")}, {"recorded", true}})
                      .from("claude_code/transcript")
                      .at(9s));
  CHECK(fixture.status() == StatusKind::kWaitingForPermission);
}

TEST_CASE("STATE-I14: the end of a process closes its question") {
  FoldFixture fixture = in_two_processes();
  fixture.observe(observed("prompt.submitted", {{"prompt.id", std::string("b")}}).at(4s), kSecond);
  fixture.observe(permission("Bash").at(6s), kSecond);
  ObservationSpec exit =
      observed("process.exited", {{"pid", kSecond.pid}, {"start_ticks", std::int64_t{2}}}).at(8s);
  fixture.observe(exit);
  CHECK(fixture.status() == StatusKind::kIdle);
  CHECK(fixture.state.runtime.pid == kFirst.pid);
  CHECK(fixture.state.runtime.other_processes.empty());
  CHECK_FALSE(fixture.state.domain.attention.has_value());
}

TEST_CASE("STATE-I14: a session over the limit of processes drops the oldest one") {
  FoldFixture fixture = in_two_processes();
  for (std::int64_t pid = 300; pid < 310; ++pid) {
    fixture.observe(bound({pid, 3}), ProcessKey{pid, 3});
    fixture.state.runtime.verified = true;
  }
  CHECK(fixture.state.runtime.pid == 309);
  CHECK(fixture.state.runtime.other_processes.size() == 3);
  CHECK(fixture.state.others.size() == 3);
}
