// SPDX-License-Identifier: MIT
// Who said what, who agrees, and what is certain: STATE-E2 and section 6.
#include "story.hpp"
#include "support/catch.hpp"

using namespace atm;
using namespace atm::kernel;
using namespace atm::kernel::test;

namespace {

const Evidence* said_by(const Story& story, std::string_view origin) {
  for (const Evidence& one : story.state.domain.evidence) {
    if (one.origin == origin) return &one;
  }
  return nullptr;
}

}  // namespace

TEST_CASE("STATE-E2: each origin's last word is kept, with its time and its stance") {
  Story story;
  story.tell(prompt("p1").at(10s));
  story.tell(level("busy").at(10s + 3ms));
  story.tell(tool_started("t1").at(11s));
  story.tell(told("status.reported").from("claude_code/status_line").at(12s));
  CHECK(*said_by(story, "claude_code/hook") ==
        Evidence{"claude_code/hook", "tool.started", moment(11s), Stance::kAgrees});
  CHECK(*said_by(story, "claude_code/session_file") ==
        Evidence{"claude_code/session_file", "state.reported:busy", moment(10s + 3ms), Stance::kAgrees});
  CHECK(*said_by(story, "claude_code/status_line") ==
        Evidence{"claude_code/status_line", "status.reported", moment(12s), Stance::kSilent});
  story.tell(level("idle").at(13s));
  CHECK(said_by(story, "claude_code/hook")->stance == Stance::kDisagrees);
  CHECK(said_by(story, "claude_code/session_file")->stance == Stance::kAgrees);
}

TEST_CASE("STATE-E2: a word that says nothing does not hide one that does") {
  Story story;
  story.tell(tool_started("t1").at(10s));
  for (const char* type : {"notice", "process.bound", "claude_code.message_display", "subagent.started"})
    story.tell(told(type).at(12s));
  story.tell(tool_started("t2").by("a1").at(13s));
  CHECK(said_by(story, "claude_code/hook")->says == "tool.started");
  CHECK(said_by(story, "claude_code/hook")->at == moment(10s));
}

TEST_CASE("STATE-E2: the six origins heard last are kept") {
  Story story;
  for (int i = 0; i < 9; ++i) story.tell(told("status.reported").from("origin" + std::to_string(i)));
  CHECK(story.state.domain.evidence.size() == 6);
  CHECK(said_by(story, "origin8") != nullptr);
  CHECK(said_by(story, "origin2") == nullptr);
}

TEST_CASE("STATE-C1: nobody said yet what the session does") {
  Story story;
  story.tell(told("process.bound", {{"pid", 5}, {"start_ticks", 1}}));
  story.tell(told("session.started", {{"source", std::string("discovered")}}));
  story.tell(told("status.reported"));
  CHECK(story.status() == StatusKind::kIdle);
  CHECK_FALSE(story.state.domain.certain);
}

TEST_CASE("STATE-C2: rest from the beginning is certain, rest found later is not") {
  const auto found = [](std::chrono::nanoseconds idle_since) {
    Story story;
    Told start = told("session.started", {{"source", std::string("discovered")}}).at(60s);
    start.attrs.emplace_back("started_at_ns", kBegin + std::int64_t{1'000'000'000});
    story.tell(start);
    story.tell(level("idle").at(idle_since));
    return story.state.domain.certain;
  };
  CHECK(found(1s + 150ms));
  CHECK(found(1s - 31ms));
  CHECK_FALSE(found(30s));
  CHECK_FALSE(found(500ms));
}

TEST_CASE("STATE-C2: what a level alone says of waiting and of a shell is certain") {
  Story story;
  story.tell(level("waiting", "question").at(1s));
  CHECK(story.state.domain.status.reason() == "question");
  CHECK(story.state.domain.certain);
  story.tell(level("background").at(5s));
  CHECK(story.status() == StatusKind::kBackground);
  CHECK(story.state.domain.certain);
}

TEST_CASE("STATE-C2, STATE-T3: a turn that rests at once may have failed where no transcript is at hand") {
  Story story;
  story.tell(prompt("p1").at(10s));
  story.tell(level("busy").at(10s + 7ms));
  story.tell(level("idle").at(10s + 53ms));
  CHECK(story.status() == StatusKind::kIdle);
  CHECK_FALSE(story.state.domain.certain);
}

TEST_CASE("STATE-T3: beside a transcript a turn that rests at once is certainly over and not finished") {
  Story story;
  story.tell(told("prompt.submitted", {{"prompt.id", std::string("p0")}, {"recorded", true}})
                 .from("claude_code/transcript")
                 .at(9s));
  story.tell(prompt("p1").at(10s));
  story.tell(level("busy").at(10s + 7ms));
  story.tell(level("idle").at(10s + 53ms));
  CHECK(story.status() == StatusKind::kIdle);
  CHECK(story.state.domain.certain);
  CHECK_FALSE(story.state.domain.finished);
}

TEST_CASE("STATE-C4: the record of an interruption says what the person answered") {
  Story story;
  story.tell(prompt("p1").at(10s));
  story.tell(permission().at(11s));
  story.tell(told("status.reported", {{"unblocked", true}}).from("claude_code/status_line").at(13s));
  CHECK_FALSE(story.state.domain.certain);
  story.tell(told("turn.finished", {{"outcome", std::string("interrupted")}, {"recorded", true}})
                 .from("claude_code/transcript")
                 .at(12s + 900ms));
  CHECK(story.status() == StatusKind::kIdle);
  CHECK(story.state.domain.certain);
}

TEST_CASE("STATE-C3: with edges alone an open turn is doubted after four seconds without an edge") {
  Story story;
  story.tell(prompt("p1").at(10s));
  story.pass(3s);
  CHECK(story.state.domain.certain);
  story.pass(1s);
  CHECK_FALSE(story.state.domain.certain);
  SECTION("an agent whose edges tell of interruptions is doubted after ten") {
    story.tell(told("turn.finished", {{"outcome", std::string("interrupted")}}).at(20s));
    story.tell(prompt("p2").at(21s));
    story.pass(9s);
    CHECK(story.state.domain.certain);
    story.pass(1s);
    CHECK_FALSE(story.state.domain.certain);
  }
}

TEST_CASE("STATE-C3: beside a transcript an open turn is doubted after ten seconds without an edge") {
  Story story;
  story.tell(told("prompt.submitted", {{"prompt.id", std::string("p0")}, {"recorded", true}})
                 .from("claude_code/transcript")
                 .at(9s));
  story.tell(prompt("p1").at(10s));
  story.pass(9s);
  story.tell(tool_started("t1").at(19s));
  story.pass(9s);
  CHECK(story.state.domain.certain);
  story.tell(tool_finished("t2").by("a1").at(28s));
  CHECK(story.pass(1s).shown);
  CHECK(story.status() == StatusKind::kRunningTool);
  CHECK_FALSE(story.state.domain.certain);
  SECTION("STATE-C7: an edge makes it certain again") {
    story.tell(tool_finished("t1").at(30s));
    CHECK(story.state.domain.certain);
  }
  SECTION("STATE-C7: a level that agrees does too, and holds it up") {
    story.tell(level("busy").at(30s));
    CHECK(story.state.domain.certain);
    story.pass(1h);
    CHECK(story.state.domain.certain);
  }
}

TEST_CASE("STATE-C3: background work that only its turn's end told of is doubted too") {
  Story story;
  story.tell(prompt("p1").at(10s));
  story.tell(told("turn.finished", {{"outcome", std::string("ok")}, {"background_tasks", 1}}).at(11s));
  REQUIRE(story.status() == StatusKind::kBackground);
  CHECK(story.state.domain.certain);
  story.pass(4s);
  CHECK_FALSE(story.state.domain.certain);
  CHECK(story.status() == StatusKind::kBackground);
}

TEST_CASE("STATE-T11: a turn is finished and certain once its level rests") {
  Story story;
  story.tell(prompt("p1").at(10s));
  story.tell(level("busy").at(10s + 3ms));
  story.tell(finished().at(12s));
  REQUIRE(story.status() == StatusKind::kIdle);
  CHECK_FALSE(story.state.domain.certain);
  CHECK_FALSE(story.state.domain.finished);
  SECTION("the level rests") {
    story.tell(level("idle").at(40s));
    CHECK(story.state.domain.certain);
    CHECK(story.state.domain.finished);
  }
  SECTION("another hook sends the client back to work") {
    story.tell(tool_started("t1").at(13s));
    CHECK(story.status() == StatusKind::kRunningTool);
    CHECK(story.state.domain.certain);
  }
}

TEST_CASE("STATE-T2: only the outcome ok finishes a turn") {
  for (const char* outcome : {"interrupted", "a word of the future"}) {
    Story story;
    story.tell(prompt("p1").at(10s));
    story.tell(told("turn.finished", {{"outcome", std::string(outcome)}}).at(11s));
    CAPTURE(outcome);
    CHECK(story.status() == StatusKind::kIdle);
    CHECK_FALSE(story.state.domain.finished);
  }
}

TEST_CASE("STATE-C3: a wait and a compaction are doubted too") {
  Story story;
  story.tell(prompt("p1").at(10s));
  story.tell(permission().at(11s));
  story.pass(3s);
  CHECK(story.state.domain.certain);
  story.pass(1s);
  CHECK_FALSE(story.state.domain.certain);
  CHECK(story.status() == StatusKind::kWaitingForPermission);
  story.tell(told("compaction.started").at(30s));
  CHECK(story.state.domain.certain);
  story.pass(10s);
  CHECK_FALSE(story.state.domain.certain);
}

TEST_CASE("STATE-E2: who saw the process end agrees that the session has ended") {
  Story story;
  story.tell(told("process.bound", {{"pid", 7}, {"start_ticks", 70}}).at(1s));
  story.tell(prompt("p1").at(2s));
  story.tell(told("process.exited", {{"pid", 7}, {"start_ticks", 70}}).from("processes").at(3s));
  REQUIRE(story.status() == StatusKind::kEnded);
  CHECK(said_by(story, "processes")->stance == Stance::kAgrees);
}

TEST_CASE("STATE-C6: stale is uncertain, ended is certain") {
  Story story;
  story.tell(prompt("p1").at(10s));
  mark_stale(story.state, {"clean_up", moment(200s), {9, 0}});
  CHECK_FALSE(story.state.domain.certain);
  story.tell(told("session.ended").at(201s));
  CHECK(story.state.domain.certain);
}

TEST_CASE("a level that begins to object takes certainty away") {
  Story story;
  story.tell(prompt("p1").at(10s));
  story.tell(failed().at(12s));
  story.tell(level("idle").at(12s + 10ms));
  CHECK(story.state.domain.certain);
  story.tell(level("busy").at(20s));
  CHECK(story.status() == StatusKind::kError);
  CHECK_FALSE(story.state.domain.certain);
}
