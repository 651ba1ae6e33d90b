// SPDX-License-Identifier: MIT
// Transcript evidence: STATE-E5, STATE-T4, STATE-C5.
#include "fold_fixture.hpp"
#include "support/catch.hpp"

using namespace atm;
using namespace atm::kernel;
using namespace atm::kernel::test;

TEST_CASE("STATE-E5: transcript evidence older than an edge is history") {
  FoldFixture fixture;
  fixture.observe(prompt("p1").at(10s));
  fixture.observe(tool_started("t1").at(11s));
  CHECK(is_redundant(fixture.state, recorded(tool_started("t1").at(10s + 900ms)).copy()));
  CHECK(is_redundant(fixture.state, recorded(finished().at(9s)).copy()));
  CHECK_FALSE(is_redundant(fixture.state, recorded(finished().at(12s)).copy()));
}

TEST_CASE("STATE-E5: a background task's edge does not make the main thread's transcript history") {
  FoldFixture fixture;
  fixture.observe(prompt("p1").at(10s));
  fixture.observe(tool_started("t1").by("a1").at(13s));
  CHECK_FALSE(is_redundant(
      fixture.state,
      recorded(observed("turn.finished", {{"outcome", std::string("interrupted")}}).at(12s)).copy()));
}

TEST_CASE("STATE-E5: usage counts at any age") {
  FoldFixture fixture;
  fixture.observe(prompt("p1").at(10s));
  CHECK_FALSE(is_redundant(fixture.state, recorded(observed("usage.reported").at(5s)).copy()));
}

TEST_CASE("STATE-T4, TRAP-S1: a recorded interruption closes its turn, and no other", "[TRAP-S1]") {
  const ObservationSpec interrupted =
      recorded(observed("turn.finished", {{"outcome", std::string("interrupted")}}));
  FoldFixture fixture;
  fixture.observe(prompt("p1").at(10s));
  fixture.observe(ObservationSpec(interrupted).at(12s));
  CHECK(fixture.status() == StatusKind::kIdle);
  CHECK(fixture.state.domain.certain);
  CHECK_FALSE(fixture.state.domain.finished);
  fixture.observe(level("busy").at(20s));
  fixture.observe(ObservationSpec(interrupted).at(12s + 1ms));
  CHECK(fixture.status() == StatusKind::kActive);
}

TEST_CASE("STATE-T4: transcript evidence does not revert an end that an edge reported") {
  FoldFixture fixture;
  fixture.observe(prompt("p1").at(10s));
  fixture.observe(failed().at(12s));
  fixture.observe(recorded(observed("turn.finished", {{"outcome", std::string("ok")}})).at(12s + 5ms));
  CHECK(fixture.status() == StatusKind::kError);
  fixture.observe(prompt("p2").at(20s));
  fixture.observe(finished(1).at(22s));
  fixture.observe(recorded(observed("turn.finished", {{"outcome", std::string("ok")}})).at(22s + 5ms));
  CHECK(fixture.status() == StatusKind::kBackground);
}

TEST_CASE("STATE-C2: transcript evidence adds the outcome of a turn that a level closed") {
  FoldFixture fixture;
  fixture.observe(level("busy").at(10s));
  fixture.observe(level("idle").at(12s));
  CHECK_FALSE(fixture.state.domain.certain);
  fixture.observe(recorded(failed()).at(11s + 990ms));
  CHECK(fixture.status() == StatusKind::kError);
  CHECK(fixture.state.domain.certain);
}

TEST_CASE("STATE-C5: an open turn from transcript evidence is uncertain, with a level it is certain") {
  FoldFixture fixture;
  fixture.observe(recorded(prompt("p1")).at(10s));
  fixture.observe(recorded(tool_started("t1")).at(11s));
  CHECK(fixture.status() == StatusKind::kRunningTool);
  CHECK_FALSE(fixture.state.domain.certain);
  fixture.observe(level("busy").at(10s + 5ms));
  CHECK(fixture.state.domain.certain);
}

TEST_CASE(
    "STATE-C5, OBS-T3: a closed turn from transcript evidence is certain unless it left a task running") {
  ObservationSpec result = tool_finished("t1");
  result.attrs.emplace_back("background", true);
  const ObservationSpec end = observed("turn.finished", {{"outcome", std::string("ok")}});
  FoldFixture fixture;
  fixture.observe(recorded(prompt("p1")).at(10s));
  fixture.observe(recorded(end).at(11s));
  CHECK(fixture.status() == StatusKind::kIdle);
  CHECK(fixture.state.domain.certain);
  fixture.observe(recorded(prompt("p2")).at(20s));
  fixture.observe(recorded(result).at(21s));
  fixture.observe(recorded(end).at(22s));
  CHECK(fixture.status() == StatusKind::kBackground);
  CHECK_FALSE(fixture.state.domain.certain);
  fixture.observe(
      recorded(observed("prompt.submitted", {{"source", std::string("task_notification")}})).at(30s));
  fixture.observe(recorded(end).at(31s));
  CHECK(fixture.status() == StatusKind::kIdle);
  CHECK(fixture.state.domain.certain);
}

TEST_CASE("transcript evidence of the current prompt opens no second turn") {
  FoldFixture fixture;
  fixture.observe(prompt("p1").at(10s));
  fixture.observe(tool_started("t1").at(10s + 500ms));
  fixture.observe(recorded(observed("prompt.submitted")).at(10s + 600ms));
  CHECK(fixture.status() == StatusKind::kRunningTool);
  CHECK(fixture.state.fold_state.prompts == 1);
}
