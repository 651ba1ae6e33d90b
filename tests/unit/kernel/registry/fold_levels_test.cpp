// SPDX-License-Identifier: MIT
// Levels: STATE-E4, STATE-T1, STATE-T3, STATE-T6 to STATE-T8, STATE-W3, STATE-W4, STATE-B3, STATE-B4. The times are
// those of recorded sessions.
#include "story.hpp"
#include "support/catch.hpp"

using namespace atm;
using namespace atm::kernel;
using namespace atm::kernel::test;

namespace {

Story busy_by_level() {
  Story story;
  story.tell(told("session.started", {{"source", std::string("startup")}}).at(1s));
  story.tell(level("idle").at(1s + 100ms));
  story.tell(prompt("p1").at(10s));
  story.tell(level("busy").at(10s + 3ms));
  return story;
}

}  // namespace

TEST_CASE("STATE-T3, TRAP-S1: an interruption that no hook tells is seen in the level", "[TRAP-S1]") {
  Story story = busy_by_level();
  story.tell(tool_started("t1").at(11s));
  REQUIRE(story.status() == StatusKind::kRunningTool);
  story.tell(level("idle").at(13s));
  CHECK(story.status() == StatusKind::kIdle);
  CHECK(story.state.domain.certain);
  CHECK_FALSE(story.state.domain.finished);
  CHECK(story.state.book.tools.empty());
  CHECK(story.state.domain.status_cause.type == "state.reported");
  CHECK(story.state.domain.status_since == moment(13s));
}

TEST_CASE("STATE-T3, STATE-E5: the log of an old turn, read late, opens nothing against a level of rest") {
  Story story;
  story.tell(level("idle").at(600s));
  story.tell(told("prompt.submitted", {{"recorded", true}}).at(300s));
  story.tell(told("tool.started", {{"recorded", true}, {"tool", std::string("Bash")}}).at(301s));
  CHECK(story.status() == StatusKind::kIdle);
}

TEST_CASE("STATE-T3: a level from before the turn does not end it, whenever it is read") {
  Story story;
  story.tell(prompt("p1").at(10s));
  story.tell(level("idle").at(9s + 990ms));
  CHECK(story.status() == StatusKind::kThinking);
}

TEST_CASE("STATE-T3, STATE-E3: an end that arrives after the level is believed") {
  Story story = busy_by_level();
  story.tell(level("idle").at(12s + 485ms));
  story.tell(failed().at(12s + 486ms));
  CHECK(story.status() == StatusKind::kError);
  Story other = busy_by_level();
  other.tell(level("idle").at(12s + 40ms));
  other.tell(finished().at(12s));
  CHECK(other.status() == StatusKind::kIdle);
  CHECK(other.state.domain.finished);
}

TEST_CASE("STATE-E3: a prompt that the level of its end has overtaken opens nothing") {
  Story story;
  story.tell(told("session.started").at(1s));
  story.tell(level("idle").at(11s));
  story.tell(prompt("p1").at(10s + 900ms));
  CHECK(story.status() == StatusKind::kIdle);
  CHECK(story.state.book.prompts == 1);
}

TEST_CASE("STATE-E4: the same level again is no news") {
  Story story = busy_by_level();
  CHECK(is_no_news(story.state, level("busy").at(10s + 3ms).copy()));
  CHECK_FALSE(is_no_news(story.state, level("busy").at(10s + 4ms).copy()));
  CHECK_FALSE(is_no_news(story.state, level("idle").at(10s + 3ms).copy()));
}

TEST_CASE("STATE-E3: of two levels that arrive swapped the newer holds; a clock set back is believed") {
  Story story;
  story.tell(level("busy").at(20s));
  story.tell(level("idle").at(19s));
  CHECK(story.state.book.level.state == LevelState::kBusy);
  story.tell(level("idle").at(5s));
  CHECK(story.state.book.level.state == LevelState::kIdle);
}

TEST_CASE("STATE-T1, STATE-T8: a level alone says that the agent works, not how") {
  Story story;
  story.tell(level("busy").at(10s));
  CHECK(story.status() == StatusKind::kActive);
  CHECK_FALSE(story.state.domain.certain);
  SECTION("a hook makes it precise") {
    story.tell(prompt("p1").at(10s + 12ms));
    CHECK(story.status() == StatusKind::kThinking);
    CHECK(story.state.domain.certain);
  }
  SECTION("so does a tool") {
    story.tell(tool_started("t1").at(11s));
    CHECK(story.status() == StatusKind::kRunningTool);
  }
  SECTION("idle after work may be a failure") {
    story.tell(level("idle").at(15s));
    CHECK(story.status() == StatusKind::kIdle);
    CHECK_FALSE(story.state.domain.certain);
  }
}

TEST_CASE("STATE-T6: an error lasts until the next prompt, whatever a level says") {
  Story story = busy_by_level();
  story.tell(failed().at(12s));
  for (const char* state : {"idle", "busy", "background", "idle"}) {
    story.tell(level(state).at(story.now + 1s));
    CAPTURE(state);
    CHECK(story.status() == StatusKind::kError);
  }
  story.tell(prompt("p2").at(60s));
  CHECK(story.status() == StatusKind::kThinking);
}

TEST_CASE("STATE-T7: a compaction by hand ends with the level, and its level is no turn") {
  Story story = busy_by_level();
  story.tell(finished().at(12s));
  SECTION("the hook first") {
    story.tell(told("compaction.started").at(20s + 20ms));
    story.tell(level("busy").at(20s));
  }
  SECTION("the level first") {
    story.tell(level("busy").at(20s));
    CHECK(story.status() == StatusKind::kActive);
    story.tell(told("compaction.started").at(20s + 20ms));
  }
  CHECK(story.status() == StatusKind::kCompacting);
  story.tell(level("idle").at(20s + 240ms));
  CHECK(story.status() == StatusKind::kIdle);
  CHECK(story.state.domain.certain);
}

TEST_CASE("STATE-T7: after a compaction by hand nobody works, though the level is late") {
  Story story = busy_by_level();
  story.tell(finished().at(12s));
  story.tell(told("compaction.started").at(20s));
  story.tell(level("busy").at(20s + 10ms));
  story.tell(told("compaction.finished").at(20s + 150ms));
  CHECK(story.status() == StatusKind::kIdle);
}

TEST_CASE("STATE-W3: a level confirms the wait that is open, in either order") {
  Story story = busy_by_level();
  story.tell(tool_started("t1", "Write").at(11s));
  SECTION("the hook first") {
    story.tell(permission("Write").at(11s + 98ms));
    CHECK_FALSE(story.state.domain.attention->confirmed);
    CHECK(story.tell(level("waiting", "permission").at(11s + 87ms)).raised);
  }
  SECTION("the level first") {
    CHECK(story.tell(level("waiting", "permission").at(11s + 53ms)).raised);
    CHECK(story.status() == StatusKind::kWaitingForPermission);
    CHECK_FALSE(story.tell(permission("Write").at(11s + 85ms)).raised);
  }
  CHECK(story.tool() == "Write");
  CHECK(story.state.book.waits.size() == 1);
  CHECK(story.state.domain.attention->confirmed);
  CHECK(story.state.domain.certain);
}

TEST_CASE("STATE-W3: what a level calls a permission may turn out to be a plan, and is announced once") {
  Story story = busy_by_level();
  story.tell(level("waiting", "permission").at(11s));
  const Change change = story.tell(
      told("input.needed", {{"reason", std::string("plan")}, {"tool", std::string("ExitPlanMode")}})
          .at(11s + 20ms));
  CHECK(story.state.domain.status.reason() == "plan");
  CHECK_FALSE(change.raised);
  CHECK_FALSE(change.cleared.has_value());
}

TEST_CASE("STATE-W4: the level leaves waiting, and every wait is over") {
  Story story = busy_by_level();
  story.tell(permission("Bash").at(11s));
  story.tell(permission("Write").by("a1").at(11s + 5ms));
  story.tell(level("waiting", "permission").at(11s + 10ms));
  SECTION("approved") {
    story.tell(level("busy").at(15s));
    CHECK(story.status() == StatusKind::kThinking);
  }
  SECTION("refused: no hook at all, and the turn is over") {
    story.tell(level("idle").at(15s));
    CHECK(story.status() == StatusKind::kIdle);
  }
  CHECK(story.state.book.waits.empty());
}

TEST_CASE("STATE-W4: the level that follows within the same millisecond closes what the one before opened") {
  Story story = busy_by_level();
  story.tell(level("waiting", "permission").at(12s));
  REQUIRE(story.status() == StatusKind::kWaitingForPermission);
  story.tell(level("busy").at(12s));
  CHECK(story.status() == StatusKind::kThinking);
}

TEST_CASE("STATE-W4: a level from before the question leaves it open") {
  Story story = busy_by_level();
  story.tell(permission("Bash").at(11s));
  story.tell(level("waiting", "permission").at(10s + 990ms));
  story.tell(level("busy").at(15s));
  story.tell(tool_finished("t1").at(15s + 100ms));
  story.tell(tool_started("t2").at(15s + 150ms));
  story.tell(permission("Bash").at(15s + 220ms));
  CHECK(story.status() == StatusKind::kWaitingForPermission);
  story.tell(level("waiting", "permission").at(15s + 200ms));
  CHECK(story.state.book.waits.size() == 1);
}

TEST_CASE("STATE-W4: a quick answer is older than the hook that asked") {
  Story story = busy_by_level();
  story.tell(permission("Bash").at(11s + 100ms));
  story.tell(level("waiting", "permission").at(11s + 40ms));
  story.tell(level("busy").at(11s + 90ms));
  CHECK(story.status() == StatusKind::kThinking);
}

TEST_CASE("STATE-W3, STATE-E3: a level that is read after its answer opens nothing") {
  Story story = busy_by_level();
  story.tell(tool_started("t1").at(11s));
  story.tell(permission("Bash").at(11s + 100ms));
  story.tell(tool_finished("t1").at(11s + 500ms));
  story.tell(level("waiting", "permission").at(11s + 90ms));
  CHECK(story.status() == StatusKind::kThinking);
}

TEST_CASE("STATE-W4, STATE-E3: a question whose answer was read first is over") {
  Story story = busy_by_level();
  story.tell(level("waiting", "permission").at(11s));
  story.tell(level("busy").at(11s + 150ms));
  story.tell(permission("Bash").at(11s + 30ms));
  CHECK(story.status() == StatusKind::kThinking);
}

TEST_CASE("STATE-W7: a dialog that the person opened is no wait") {
  Story story = busy_by_level();
  story.tell(finished().at(12s));
  story.tell(level("dialog").at(20s));
  CHECK(story.status() == StatusKind::kIdle);
  CHECK(story.state.domain.certain);
}

TEST_CASE("STATE-B3: a background shell is no rest, and its end is seen in the level") {
  Story story = busy_by_level();
  SECTION("the end of the turn first") {
    story.tell(finished(1).at(12s));
    story.tell(level("background").at(12s + 40ms));
  }
  SECTION("the level first") {
    story.tell(level("background").at(12s + 40ms));
    story.tell(finished(1).at(12s));
  }
  SECTION("the level alone") {
    story.tell(level("background").at(12s + 40ms));
  }
  CHECK(story.status() == StatusKind::kBackground);
  CHECK(story.state.domain.status.background_tasks() == 1);
  CHECK(story.state.domain.certain);
  story.tell(level("idle").at(18s));
  CHECK(story.status() == StatusKind::kIdle);
}

TEST_CASE("STATE-B4: a level that was busy before the turn ended says that its tasks go on") {
  Story story = busy_by_level();
  story.tell(finished(2).at(12s));
  CHECK(story.status() == StatusKind::kBackground);
  CHECK(is_no_news(story.state, level("busy").at(10s + 3ms).copy()));
  SECTION("the client begins the next turn itself") {
    story.tell(level("busy").at(14s));
    story.tell(told("prompt.submitted", {{"source", std::string("task_notification")}}).at(14s + 40ms));
    CHECK(story.status() == StatusKind::kThinking);
  }
  SECTION("a question of a task does not begin a turn") {
    story.tell(level("waiting", "permission").at(14s));
    CHECK(story.status() == StatusKind::kWaitingForPermission);
    story.tell(level("busy").at(16s));
    CHECK(story.status() == StatusKind::kBackground);
  }
}

TEST_CASE("OBS-T1: a word nobody knows is a level that says nothing") {
  Story story = busy_by_level();
  story.tell(permission().at(11s));
  story.tell(level("levitating").at(12s));
  CHECK(story.status() == StatusKind::kWaitingForPermission);
  CHECK(story.state.domain.evidence.back().says == "state.reported:levitating");
  CHECK(story.state.domain.evidence.back().stance == Stance::kSilent);
}

TEST_CASE("another process has another level") {
  Story story = busy_by_level();
  story.tell(told("process.bound", {{"pid", 5}, {"start_ticks", 1}}).at(11s));
  CHECK(story.state.book.level.state == LevelState::kBusy);
  story.tell(told("process.bound", {{"pid", 6}, {"start_ticks", 2}}).at(12s));
  CHECK(story.state.book.level == Level{});
}

TEST_CASE("a level from before the end does not bring a session back, one from after it does") {
  Story story = busy_by_level();
  story.tell(told("session.ended", {{"reason", std::string("clear")}}).at(20s));
  story.tell(level("busy").at(19s + 990ms));
  CHECK(story.status() == StatusKind::kEnded);
  story.tell(level("idle").at(25s));
  CHECK(story.status() == StatusKind::kIdle);
}
