// SPDX-License-Identifier: MIT
// Levels: STATE-E4, STATE-T1, STATE-T3, STATE-T6 to STATE-T8, STATE-W3, STATE-W4, STATE-B3, STATE-B4. The times are
// those of recorded sessions.
#include "fold_fixture.hpp"
#include "support/catch.hpp"

using namespace atm;
using namespace atm::kernel;
using namespace atm::kernel::test;

namespace {

FoldFixture busy_by_level() {
  FoldFixture fixture;
  fixture.observe(observed("session.started", {{"source", std::string("startup")}}).at(1s));
  fixture.observe(level("idle").at(1s + 100ms));
  fixture.observe(prompt("p1").at(10s));
  fixture.observe(level("busy").at(10s + 3ms));
  return fixture;
}

}  // namespace

TEST_CASE("STATE-T3, TRAP-S1: an interruption that no hook tells is seen in the level", "[TRAP-S1]") {
  FoldFixture fixture = busy_by_level();
  fixture.observe(tool_started("t1").at(11s));
  REQUIRE(fixture.status() == StatusKind::kRunningTool);
  fixture.observe(level("idle").at(13s));
  CHECK(fixture.status() == StatusKind::kIdle);
  CHECK(fixture.state.domain.certain);
  CHECK_FALSE(fixture.state.domain.finished);
  CHECK(fixture.state.fold_state.tools.empty());
  CHECK(fixture.state.domain.status_cause.type == "state.reported");
  CHECK(fixture.state.domain.status_since == moment(13s));
}

TEST_CASE("STATE-T3, STATE-E5: the log of an old turn, read late, opens nothing against a level of rest") {
  FoldFixture fixture;
  fixture.observe(level("idle").at(600s));
  fixture.observe(observed("prompt.submitted", {{"recorded", true}}).at(300s));
  fixture.observe(observed("tool.started", {{"recorded", true}, {"tool", std::string("Bash")}}).at(301s));
  CHECK(fixture.status() == StatusKind::kIdle);
}

TEST_CASE("STATE-T3: a level from before the turn does not end it, whenever it is read") {
  FoldFixture fixture;
  fixture.observe(prompt("p1").at(10s));
  fixture.observe(level("idle").at(9s + 990ms));
  CHECK(fixture.status() == StatusKind::kThinking);
}

TEST_CASE("STATE-T3, STATE-E3: an end that arrives after the level is believed") {
  FoldFixture fixture = busy_by_level();
  fixture.observe(level("idle").at(12s + 485ms));
  fixture.observe(failed().at(12s + 486ms));
  CHECK(fixture.status() == StatusKind::kError);
  FoldFixture other = busy_by_level();
  other.observe(level("idle").at(12s + 40ms));
  other.observe(finished().at(12s));
  CHECK(other.status() == StatusKind::kIdle);
  CHECK(other.state.domain.finished);
}

TEST_CASE("STATE-E3: a prompt that the level of its end has overtaken opens nothing") {
  FoldFixture fixture;
  fixture.observe(observed("session.started").at(1s));
  fixture.observe(level("idle").at(11s));
  fixture.observe(prompt("p1").at(10s + 900ms));
  CHECK(fixture.status() == StatusKind::kIdle);
  CHECK(fixture.state.fold_state.prompts == 1);
}

TEST_CASE("STATE-E4: the same level again is no news") {
  FoldFixture fixture = busy_by_level();
  CHECK(is_redundant(fixture.state, level("busy").at(10s + 3ms).copy()));
  CHECK_FALSE(is_redundant(fixture.state, level("busy").at(10s + 4ms).copy()));
  CHECK_FALSE(is_redundant(fixture.state, level("idle").at(10s + 3ms).copy()));
}

TEST_CASE("STATE-E3: of two levels that arrive swapped the newer holds; a clock set back is believed") {
  FoldFixture fixture;
  fixture.observe(level("busy").at(20s));
  fixture.observe(level("idle").at(19s));
  CHECK(fixture.state.fold_state.level.state == LevelState::kBusy);
  fixture.observe(level("idle").at(5s));
  CHECK(fixture.state.fold_state.level.state == LevelState::kIdle);
}

TEST_CASE("STATE-T1, STATE-T8: a level alone says that the agent works, not how") {
  FoldFixture fixture;
  fixture.observe(level("busy").at(10s));
  CHECK(fixture.status() == StatusKind::kActive);
  CHECK_FALSE(fixture.state.domain.certain);
  SECTION("a hook makes it precise") {
    fixture.observe(prompt("p1").at(10s + 12ms));
    CHECK(fixture.status() == StatusKind::kThinking);
    CHECK(fixture.state.domain.certain);
  }
  SECTION("so does a tool") {
    fixture.observe(tool_started("t1").at(11s));
    CHECK(fixture.status() == StatusKind::kRunningTool);
  }
  SECTION("idle after work may be a failure") {
    fixture.observe(level("idle").at(15s));
    CHECK(fixture.status() == StatusKind::kIdle);
    CHECK_FALSE(fixture.state.domain.certain);
  }
}

TEST_CASE("STATE-T6: an error lasts until the next prompt, whatever a level says") {
  FoldFixture fixture = busy_by_level();
  fixture.observe(failed().at(12s));
  for (const char* state : {"idle", "busy", "background", "idle"}) {
    fixture.observe(level(state).at(fixture.now + 1s));
    CAPTURE(state);
    CHECK(fixture.status() == StatusKind::kError);
  }
  fixture.observe(prompt("p2").at(60s));
  CHECK(fixture.status() == StatusKind::kThinking);
}

TEST_CASE("STATE-T7: a compaction by hand ends with the level, and its level is no turn") {
  FoldFixture fixture = busy_by_level();
  fixture.observe(finished().at(12s));
  SECTION("the hook first") {
    fixture.observe(observed("compaction.started").at(20s + 20ms));
    fixture.observe(level("busy").at(20s));
  }
  SECTION("the level first") {
    fixture.observe(level("busy").at(20s));
    CHECK(fixture.status() == StatusKind::kActive);
    fixture.observe(observed("compaction.started").at(20s + 20ms));
  }
  CHECK(fixture.status() == StatusKind::kCompacting);
  fixture.observe(level("idle").at(20s + 240ms));
  CHECK(fixture.status() == StatusKind::kIdle);
  CHECK(fixture.state.domain.certain);
}

TEST_CASE("STATE-T7: after a compaction by hand nobody works, though the level is late") {
  FoldFixture fixture = busy_by_level();
  fixture.observe(finished().at(12s));
  fixture.observe(observed("compaction.started").at(20s));
  fixture.observe(level("busy").at(20s + 10ms));
  fixture.observe(observed("compaction.finished").at(20s + 150ms));
  CHECK(fixture.status() == StatusKind::kIdle);
}

TEST_CASE("STATE-W3: a level confirms the wait that is open, in either order") {
  FoldFixture fixture = busy_by_level();
  fixture.observe(tool_started("t1", "Write").at(11s));
  SECTION("the hook first") {
    fixture.observe(permission("Write").at(11s + 98ms));
    CHECK_FALSE(fixture.state.domain.attention->confirmed);
    CHECK(fixture.observe(level("waiting", "permission").at(11s + 87ms)).raised);
  }
  SECTION("the level first") {
    CHECK(fixture.observe(level("waiting", "permission").at(11s + 53ms)).raised);
    CHECK(fixture.status() == StatusKind::kWaitingForPermission);
    CHECK_FALSE(fixture.observe(permission("Write").at(11s + 85ms)).raised);
  }
  CHECK(fixture.tool() == "Write");
  CHECK(fixture.state.fold_state.waits.size() == 1);
  CHECK(fixture.state.domain.attention->confirmed);
  CHECK(fixture.state.domain.certain);
}

TEST_CASE("STATE-W3: what a level calls a permission may turn out to be a plan, and is announced once") {
  FoldFixture fixture = busy_by_level();
  fixture.observe(level("waiting", "permission").at(11s));
  const Change change = fixture.observe(
      observed("input.needed", {{"reason", std::string("plan")}, {"tool", std::string("ExitPlanMode")}})
          .at(11s + 20ms));
  CHECK(fixture.state.domain.status.reason() == "plan");
  CHECK_FALSE(change.raised);
  CHECK_FALSE(change.cleared.has_value());
}

TEST_CASE("STATE-W4: the level leaves waiting, and every wait is over") {
  FoldFixture fixture = busy_by_level();
  fixture.observe(permission("Bash").at(11s));
  fixture.observe(permission("Write").by("a1").at(11s + 5ms));
  fixture.observe(level("waiting", "permission").at(11s + 10ms));
  SECTION("approved") {
    fixture.observe(level("busy").at(15s));
    CHECK(fixture.status() == StatusKind::kThinking);
  }
  SECTION("refused: no hook at all, and the turn is over") {
    fixture.observe(level("idle").at(15s));
    CHECK(fixture.status() == StatusKind::kIdle);
  }
  CHECK(fixture.state.fold_state.waits.empty());
}

TEST_CASE("STATE-W4: the level that follows within the same millisecond closes what the one before opened") {
  FoldFixture fixture = busy_by_level();
  fixture.observe(level("waiting", "permission").at(12s));
  REQUIRE(fixture.status() == StatusKind::kWaitingForPermission);
  fixture.observe(level("busy").at(12s));
  CHECK(fixture.status() == StatusKind::kThinking);
}

TEST_CASE("STATE-W4: a level from before the question leaves it open") {
  FoldFixture fixture = busy_by_level();
  fixture.observe(permission("Bash").at(11s));
  fixture.observe(level("waiting", "permission").at(10s + 990ms));
  fixture.observe(level("busy").at(15s));
  fixture.observe(tool_finished("t1").at(15s + 100ms));
  fixture.observe(tool_started("t2").at(15s + 150ms));
  fixture.observe(permission("Bash").at(15s + 220ms));
  CHECK(fixture.status() == StatusKind::kWaitingForPermission);
  fixture.observe(level("waiting", "permission").at(15s + 200ms));
  CHECK(fixture.state.fold_state.waits.size() == 1);
}

TEST_CASE("STATE-W4: a quick answer is older than the hook that asked") {
  FoldFixture fixture = busy_by_level();
  fixture.observe(permission("Bash").at(11s + 100ms));
  fixture.observe(level("waiting", "permission").at(11s + 40ms));
  fixture.observe(level("busy").at(11s + 90ms));
  CHECK(fixture.status() == StatusKind::kThinking);
}

TEST_CASE("STATE-W3, STATE-E3: a level that is read after its answer opens nothing") {
  FoldFixture fixture = busy_by_level();
  fixture.observe(tool_started("t1").at(11s));
  fixture.observe(permission("Bash").at(11s + 100ms));
  fixture.observe(tool_finished("t1").at(11s + 500ms));
  fixture.observe(level("waiting", "permission").at(11s + 90ms));
  CHECK(fixture.status() == StatusKind::kThinking);
}

TEST_CASE("STATE-W4, STATE-E3: a question whose answer was read first is over") {
  FoldFixture fixture = busy_by_level();
  fixture.observe(level("waiting", "permission").at(11s));
  fixture.observe(level("busy").at(11s + 150ms));
  fixture.observe(permission("Bash").at(11s + 30ms));
  CHECK(fixture.status() == StatusKind::kThinking);
}

TEST_CASE("STATE-W7: a dialog that the person opened is no wait") {
  FoldFixture fixture = busy_by_level();
  fixture.observe(finished().at(12s));
  fixture.observe(level("dialog").at(20s));
  CHECK(fixture.status() == StatusKind::kIdle);
  CHECK(fixture.state.domain.certain);
}

TEST_CASE("STATE-B3: a background shell is no rest, and its end is seen in the level") {
  FoldFixture fixture = busy_by_level();
  SECTION("the end of the turn first") {
    fixture.observe(finished(1).at(12s));
    fixture.observe(level("background").at(12s + 40ms));
  }
  SECTION("the level first") {
    fixture.observe(level("background").at(12s + 40ms));
    fixture.observe(finished(1).at(12s));
  }
  SECTION("the level alone") {
    fixture.observe(level("background").at(12s + 40ms));
  }
  CHECK(fixture.status() == StatusKind::kBackground);
  CHECK(fixture.state.domain.status.background_tasks() == 1);
  CHECK(fixture.state.domain.certain);
  fixture.observe(level("idle").at(18s));
  CHECK(fixture.status() == StatusKind::kIdle);
}

TEST_CASE("STATE-B4: a level that was busy before the turn ended says that its tasks go on") {
  FoldFixture fixture = busy_by_level();
  fixture.observe(finished(2).at(12s));
  CHECK(fixture.status() == StatusKind::kBackground);
  CHECK(is_redundant(fixture.state, level("busy").at(10s + 3ms).copy()));
  SECTION("the client begins the next turn itself") {
    fixture.observe(level("busy").at(14s));
    fixture.observe(
        observed("prompt.submitted", {{"source", std::string("task_notification")}}).at(14s + 40ms));
    CHECK(fixture.status() == StatusKind::kThinking);
  }
  SECTION("a question of a task does not begin a turn") {
    fixture.observe(level("waiting", "permission").at(14s));
    CHECK(fixture.status() == StatusKind::kWaitingForPermission);
    fixture.observe(level("busy").at(16s));
    CHECK(fixture.status() == StatusKind::kBackground);
  }
}

TEST_CASE("OBS-T1: a word nobody knows is a level that says nothing") {
  FoldFixture fixture = busy_by_level();
  fixture.observe(permission().at(11s));
  fixture.observe(level("levitating").at(12s));
  CHECK(fixture.status() == StatusKind::kWaitingForPermission);
  CHECK(fixture.state.domain.evidence.back().says == "state.reported:levitating");
  CHECK(fixture.state.domain.evidence.back().stance == Stance::kSilent);
}

TEST_CASE("another process has another level") {
  FoldFixture fixture = busy_by_level();
  fixture.observe(observed("process.bound", {{"pid", 5}, {"start_ticks", 1}}).at(11s));
  CHECK(fixture.state.fold_state.level.state == LevelState::kBusy);
  fixture.observe(observed("process.bound", {{"pid", 6}, {"start_ticks", 2}}).at(12s));
  CHECK(fixture.state.fold_state.level == Level{});
}

TEST_CASE("a level from before the end does not bring a session back, one from after it does") {
  FoldFixture fixture = busy_by_level();
  fixture.observe(observed("session.ended", {{"reason", std::string("clear")}}).at(20s));
  fixture.observe(level("busy").at(19s + 990ms));
  CHECK(fixture.status() == StatusKind::kEnded);
  fixture.observe(level("idle").at(25s));
  CHECK(fixture.status() == StatusKind::kIdle);
}
