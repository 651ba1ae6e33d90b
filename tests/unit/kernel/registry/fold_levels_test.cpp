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

TEST_CASE("STATE-T3, TRAP-S1: a level shows an interruption without a hook", "[TRAP-S1]") {
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

TEST_CASE("STATE-T3, STATE-E5: a late transcript of an old turn opens no turn against an idle level") {
  FoldFixture fixture;
  fixture.observe(level("idle").at(600s));
  fixture.observe(observed("prompt.submitted", {{"recorded", true}}).at(300s));
  fixture.observe(observed("tool.started", {{"recorded", true}, {"tool", std::string("Bash")}}).at(301s));
  CHECK(fixture.status() == StatusKind::kIdle);
}

TEST_CASE("STATE-T3: a level from before the turn does not end it at any time") {
  FoldFixture fixture;
  fixture.observe(prompt("p1").at(10s));
  fixture.observe(level("idle").at(9s + 990ms));
  CHECK(fixture.status() == StatusKind::kThinking);
}

TEST_CASE("STATE-T3, STATE-E3: an end that arrives after the level counts") {
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

TEST_CASE("STATE-E3: a prompt that arrives after the level of its end opens no turn") {
  FoldFixture fixture;
  fixture.observe(observed("session.started").at(1s));
  fixture.observe(level("idle").at(11s));
  fixture.observe(prompt("p1").at(10s + 900ms));
  CHECK(fixture.status() == StatusKind::kIdle);
  CHECK(fixture.state.fold_state.prompts == 1);
}

TEST_CASE("STATE-E4: a repeated level is redundant") {
  FoldFixture fixture = busy_by_level();
  CHECK(is_redundant(fixture.state, level("busy").at(10s + 3ms).copy()));
  CHECK_FALSE(is_redundant(fixture.state, level("busy").at(10s + 4ms).copy()));
  CHECK_FALSE(is_redundant(fixture.state, level("idle").at(10s + 3ms).copy()));
}

TEST_CASE("STATE-E3: of two swapped levels the newer one holds; a level after a clock step back counts") {
  FoldFixture fixture;
  fixture.observe(level("busy").at(20s));
  fixture.observe(level("idle").at(19s));
  CHECK(fixture.state.fold_state.level.state == LevelState::kBusy);
  fixture.observe(level("idle").at(5s));
  CHECK(fixture.state.fold_state.level.state == LevelState::kIdle);
}

TEST_CASE("STATE-T1, STATE-T8: a level alone shows that the agent works, not how") {
  FoldFixture fixture;
  fixture.observe(level("busy").at(10s));
  CHECK(fixture.status() == StatusKind::kActive);
  CHECK_FALSE(fixture.state.domain.certain);
  SECTION("a hook adds the detail") {
    fixture.observe(prompt("p1").at(10s + 12ms));
    CHECK(fixture.status() == StatusKind::kThinking);
    CHECK(fixture.state.domain.certain);
  }
  SECTION("a tool adds the detail") {
    fixture.observe(tool_started("t1").at(11s));
    CHECK(fixture.status() == StatusKind::kRunningTool);
  }
  SECTION("an idle level after work may be a failure") {
    fixture.observe(level("idle").at(15s));
    CHECK(fixture.status() == StatusKind::kIdle);
    CHECK_FALSE(fixture.state.domain.certain);
  }
}

TEST_CASE("STATE-T6: an error lasts until the next prompt, independent of levels") {
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

TEST_CASE("STATE-T7: a manual compaction ends with its level, which opens no turn") {
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

TEST_CASE("STATE-T7: the session is idle after a manual compaction, even before its level") {
  FoldFixture fixture = busy_by_level();
  fixture.observe(finished().at(12s));
  fixture.observe(observed("compaction.started").at(20s));
  fixture.observe(level("busy").at(20s + 10ms));
  fixture.observe(observed("compaction.finished").at(20s + 150ms));
  CHECK(fixture.status() == StatusKind::kIdle);
}

TEST_CASE("STATE-W3: a level confirms the open wait in either order") {
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

TEST_CASE("STATE-W3: a permission of a level that turns out to be a plan is announced once") {
  FoldFixture fixture = busy_by_level();
  fixture.observe(level("waiting", "permission").at(11s));
  const Change change = fixture.observe(
      observed("input.needed", {{"reason", std::string("plan")}, {"tool", std::string("ExitPlanMode")}})
          .at(11s + 20ms));
  CHECK(fixture.state.domain.status.reason() == "plan");
  CHECK_FALSE(change.raised);
  CHECK_FALSE(change.cleared.has_value());
}

TEST_CASE("STATE-W4: every wait ends when the level leaves waiting") {
  FoldFixture fixture = busy_by_level();
  fixture.observe(permission("Bash").at(11s));
  fixture.observe(permission("Write").by("a1").at(11s + 5ms));
  fixture.observe(level("waiting", "permission").at(11s + 10ms));
  SECTION("approved") {
    fixture.observe(level("busy").at(15s));
    CHECK(fixture.status() == StatusKind::kThinking);
  }
  SECTION("refused: the turn ends without a hook") {
    fixture.observe(level("idle").at(15s));
    CHECK(fixture.status() == StatusKind::kIdle);
  }
  CHECK(fixture.state.fold_state.waits.empty());
}

TEST_CASE("STATE-W4: the next level of the same millisecond closes the wait of the previous one") {
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

TEST_CASE("STATE-W4: a quick answer may be older than the hook of its question") {
  FoldFixture fixture = busy_by_level();
  fixture.observe(permission("Bash").at(11s + 100ms));
  fixture.observe(level("waiting", "permission").at(11s + 40ms));
  fixture.observe(level("busy").at(11s + 90ms));
  CHECK(fixture.status() == StatusKind::kThinking);
}

TEST_CASE("STATE-W3, STATE-E3: a level that arrives after its answer opens no wait") {
  FoldFixture fixture = busy_by_level();
  fixture.observe(tool_started("t1").at(11s));
  fixture.observe(permission("Bash").at(11s + 100ms));
  fixture.observe(tool_finished("t1").at(11s + 500ms));
  fixture.observe(level("waiting", "permission").at(11s + 90ms));
  CHECK(fixture.status() == StatusKind::kThinking);
}

TEST_CASE("STATE-W4, STATE-E3: a question that arrives after its answer is closed") {
  FoldFixture fixture = busy_by_level();
  fixture.observe(level("waiting", "permission").at(11s));
  fixture.observe(level("busy").at(11s + 150ms));
  fixture.observe(permission("Bash").at(11s + 30ms));
  CHECK(fixture.status() == StatusKind::kThinking);
}

TEST_CASE("STATE-W7: a dialog opened by the user is no wait") {
  FoldFixture fixture = busy_by_level();
  fixture.observe(finished().at(12s));
  fixture.observe(level("dialog").at(20s));
  CHECK(fixture.status() == StatusKind::kIdle);
  CHECK(fixture.state.domain.certain);
}

TEST_CASE("STATE-B3: a background shell keeps the session busy until its level ends") {
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

TEST_CASE("STATE-B4: a level that was busy before the end of the turn shows that tasks continue") {
  FoldFixture fixture = busy_by_level();
  fixture.observe(finished(2).at(12s));
  CHECK(fixture.status() == StatusKind::kBackground);
  CHECK(is_redundant(fixture.state, level("busy").at(10s + 3ms).copy()));
  SECTION("the agent starts the next turn itself") {
    fixture.observe(level("busy").at(14s));
    fixture.observe(
        observed("prompt.submitted", {{"source", std::string("task_notification")}}).at(14s + 40ms));
    CHECK(fixture.status() == StatusKind::kThinking);
  }
  SECTION("a question of a task opens no turn") {
    fixture.observe(level("waiting", "permission").at(14s));
    CHECK(fixture.status() == StatusKind::kWaitingForPermission);
    fixture.observe(level("busy").at(16s));
    CHECK(fixture.status() == StatusKind::kBackground);
  }
}

TEST_CASE("OBS-T1: a level with an unknown state is no evidence") {
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

TEST_CASE("a level from after the end reopens a session, one from before it does not") {
  FoldFixture fixture = busy_by_level();
  fixture.observe(observed("session.ended", {{"reason", std::string("clear")}}).at(20s));
  fixture.observe(level("busy").at(19s + 990ms));
  CHECK(fixture.status() == StatusKind::kEnded);
  fixture.observe(level("idle").at(25s));
  CHECK(fixture.status() == StatusKind::kIdle);
}
