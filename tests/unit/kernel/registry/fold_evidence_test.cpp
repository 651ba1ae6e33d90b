// SPDX-License-Identifier: MIT
// Evidence, stances and certainty: STATE-E2 and section 6.
#include "fold_fixture.hpp"
#include "support/catch.hpp"

using namespace atm;
using namespace atm::kernel;
using namespace atm::kernel::test;

namespace {

const Evidence* said_by(const FoldFixture& fixture, std::string_view origin) {
  for (const Evidence& one : fixture.state.domain.evidence) {
    if (one.origin == origin) return &one;
  }
  return nullptr;
}

}  // namespace

TEST_CASE("STATE-E2: the latest evidence of each origin is kept with its time and stance") {
  FoldFixture fixture;
  fixture.observe(prompt("p1").at(10s));
  fixture.observe(level("busy").at(10s + 3ms));
  fixture.observe(tool_started("t1").at(11s));
  fixture.observe(observed("status.reported").from("claude_code/status_line").at(12s));
  CHECK(*said_by(fixture, "claude_code/hook") ==
        Evidence{"claude_code/hook", "tool.started", moment(11s), Stance::kAgrees});
  CHECK(*said_by(fixture, "claude_code/session_file") ==
        Evidence{"claude_code/session_file", "state.reported:busy", moment(10s + 3ms), Stance::kAgrees});
  CHECK(*said_by(fixture, "claude_code/status_line") ==
        Evidence{"claude_code/status_line", "status.reported", moment(12s), Stance::kSilent});
  fixture.observe(level("idle").at(13s));
  CHECK(said_by(fixture, "claude_code/hook")->stance == Stance::kDisagrees);
  CHECK(said_by(fixture, "claude_code/session_file")->stance == Stance::kAgrees);
}

TEST_CASE("STATE-E2: silent evidence does not replace evidence with a stance") {
  FoldFixture fixture;
  fixture.observe(tool_started("t1").at(10s));
  for (const char* type : {"notice", "process.bound", "claude_code.message_display", "subagent.started"})
    fixture.observe(observed(type).at(12s));
  fixture.observe(tool_started("t2").by("a1").at(13s));
  CHECK(said_by(fixture, "claude_code/hook")->says == "tool.started");
  CHECK(said_by(fixture, "claude_code/hook")->at == moment(10s));
}

TEST_CASE("STATE-E2: the six most recent origins are kept") {
  FoldFixture fixture;
  for (int i = 0; i < 9; ++i) fixture.observe(observed("status.reported").from("origin" + std::to_string(i)));
  CHECK(fixture.state.domain.evidence.size() == 6);
  CHECK(said_by(fixture, "origin8") != nullptr);
  CHECK(said_by(fixture, "origin2") == nullptr);
}

TEST_CASE("STATE-C1: without evidence the status is uncertain") {
  FoldFixture fixture;
  fixture.observe(observed("process.bound", {{"pid", 5}, {"start_ticks", 1}}));
  fixture.observe(observed("session.started", {{"source", std::string("discovered")}}));
  fixture.observe(observed("status.reported"));
  CHECK(fixture.status() == StatusKind::kIdle);
  CHECK_FALSE(fixture.state.domain.certain);
}

TEST_CASE("STATE-C2: idle since the start is certain, a later idle level is not") {
  const auto found = [](std::chrono::nanoseconds idle_since) {
    FoldFixture fixture;
    ObservationSpec start = observed("session.started", {{"source", std::string("discovered")}}).at(60s);
    start.attrs.emplace_back("started_at_ns", kBegin + std::int64_t{1'000'000'000});
    fixture.observe(start);
    fixture.observe(level("idle").at(idle_since));
    return fixture.state.domain.certain;
  };
  CHECK(found(1s + 150ms));
  CHECK(found(1s - 31ms));
  CHECK_FALSE(found(30s));
  CHECK_FALSE(found(500ms));
}

TEST_CASE("STATE-C2: a wait or a shell known from a level alone is certain") {
  FoldFixture fixture;
  fixture.observe(level("waiting", "question").at(1s));
  CHECK(fixture.state.domain.status.reason() == "question");
  CHECK(fixture.state.domain.certain);
  fixture.observe(level("background").at(5s));
  CHECK(fixture.status() == StatusKind::kBackground);
  CHECK(fixture.state.domain.certain);
}

TEST_CASE("STATE-C2, STATE-T3: without a transcript a turn that ends at once may have failed") {
  FoldFixture fixture;
  fixture.observe(prompt("p1").at(10s));
  fixture.observe(level("busy").at(10s + 7ms));
  fixture.observe(level("idle").at(10s + 53ms));
  CHECK(fixture.status() == StatusKind::kIdle);
  CHECK_FALSE(fixture.state.domain.certain);
}

TEST_CASE("STATE-T3: with a transcript a turn that ends at once is certain and not finished") {
  FoldFixture fixture;
  fixture.observe(observed("prompt.submitted", {{"prompt.id", std::string("p0")}, {"recorded", true}})
                      .from("claude_code/transcript")
                      .at(9s));
  fixture.observe(prompt("p1").at(10s));
  fixture.observe(level("busy").at(10s + 7ms));
  fixture.observe(level("idle").at(10s + 53ms));
  CHECK(fixture.status() == StatusKind::kIdle);
  CHECK(fixture.state.domain.certain);
  CHECK_FALSE(fixture.state.domain.finished);
}

TEST_CASE("STATE-C4: transcript evidence of an interruption contains the user's answer") {
  FoldFixture fixture;
  fixture.observe(prompt("p1").at(10s));
  fixture.observe(permission().at(11s));
  fixture.observe(observed("status.reported", {{"unblocked", true}}).from("claude_code/status_line").at(13s));
  CHECK_FALSE(fixture.state.domain.certain);
  fixture.observe(observed("turn.finished", {{"outcome", std::string("interrupted")}, {"recorded", true}})
                      .from("claude_code/transcript")
                      .at(12s + 900ms));
  CHECK(fixture.status() == StatusKind::kIdle);
  CHECK(fixture.state.domain.certain);
}

TEST_CASE("STATE-C3: with edges alone an open turn is uncertain after four seconds without an edge") {
  FoldFixture fixture;
  fixture.observe(prompt("p1").at(10s));
  fixture.pass(3s);
  CHECK(fixture.state.domain.certain);
  fixture.pass(1s);
  CHECK_FALSE(fixture.state.domain.certain);
  SECTION("with edges that report interruptions it is uncertain after ten seconds") {
    fixture.observe(observed("turn.finished", {{"outcome", std::string("interrupted")}}).at(20s));
    fixture.observe(prompt("p2").at(21s));
    fixture.pass(9s);
    CHECK(fixture.state.domain.certain);
    fixture.pass(1s);
    CHECK_FALSE(fixture.state.domain.certain);
  }
}

TEST_CASE("STATE-C3: with a transcript an open turn is uncertain after ten seconds without an edge") {
  FoldFixture fixture;
  fixture.observe(observed("prompt.submitted", {{"prompt.id", std::string("p0")}, {"recorded", true}})
                      .from("claude_code/transcript")
                      .at(9s));
  fixture.observe(prompt("p1").at(10s));
  fixture.pass(9s);
  fixture.observe(tool_started("t1").at(19s));
  fixture.pass(9s);
  CHECK(fixture.state.domain.certain);
  fixture.observe(tool_finished("t2").by("a1").at(28s));
  CHECK(fixture.pass(1s).shown);
  CHECK(fixture.status() == StatusKind::kRunningTool);
  CHECK_FALSE(fixture.state.domain.certain);
  SECTION("STATE-C7: an edge makes it certain again") {
    fixture.observe(tool_finished("t1").at(30s));
    CHECK(fixture.state.domain.certain);
  }
  SECTION("STATE-C7: a level that agrees makes it certain again and keeps it so") {
    fixture.observe(level("busy").at(30s));
    CHECK(fixture.state.domain.certain);
    fixture.pass(1h);
    CHECK(fixture.state.domain.certain);
  }
}

TEST_CASE("STATE-C3: background work known from the turn's end alone becomes uncertain, too") {
  FoldFixture fixture;
  fixture.observe(prompt("p1").at(10s));
  fixture.observe(
      observed("turn.finished", {{"outcome", std::string("ok")}, {"background_tasks", 1}}).at(11s));
  REQUIRE(fixture.status() == StatusKind::kBackground);
  CHECK(fixture.state.domain.certain);
  fixture.pass(4s);
  CHECK_FALSE(fixture.state.domain.certain);
  CHECK(fixture.status() == StatusKind::kBackground);
}

TEST_CASE("STATE-T11: a turn is finished and certain once its level is idle") {
  FoldFixture fixture;
  fixture.observe(prompt("p1").at(10s));
  fixture.observe(level("busy").at(10s + 3ms));
  fixture.observe(finished().at(12s));
  REQUIRE(fixture.status() == StatusKind::kIdle);
  CHECK_FALSE(fixture.state.domain.certain);
  CHECK_FALSE(fixture.state.domain.finished);
  SECTION("the level is idle") {
    fixture.observe(level("idle").at(40s));
    CHECK(fixture.state.domain.certain);
    CHECK(fixture.state.domain.finished);
  }
  SECTION("another hook makes the agent continue") {
    fixture.observe(tool_started("t1").at(13s));
    CHECK(fixture.status() == StatusKind::kRunningTool);
    CHECK(fixture.state.domain.certain);
  }
}

TEST_CASE("STATE-T2: only the outcome ok finishes a turn") {
  for (const char* outcome : {"interrupted", "a future outcome"}) {
    FoldFixture fixture;
    fixture.observe(prompt("p1").at(10s));
    fixture.observe(observed("turn.finished", {{"outcome", std::string(outcome)}}).at(11s));
    CAPTURE(outcome);
    CHECK(fixture.status() == StatusKind::kIdle);
    CHECK_FALSE(fixture.state.domain.finished);
  }
}

TEST_CASE("STATE-C3: a wait and a compaction become uncertain, too") {
  FoldFixture fixture;
  fixture.observe(prompt("p1").at(10s));
  fixture.observe(permission().at(11s));
  fixture.pass(3s);
  CHECK(fixture.state.domain.certain);
  fixture.pass(1s);
  CHECK_FALSE(fixture.state.domain.certain);
  CHECK(fixture.status() == StatusKind::kWaitingForPermission);
  fixture.observe(observed("compaction.started").at(30s));
  CHECK(fixture.state.domain.certain);
  fixture.pass(10s);
  CHECK_FALSE(fixture.state.domain.certain);
}

TEST_CASE("STATE-C3: how an agent reports an answer decides how long its wait stays certain") {
  FoldFixture fixture;
  fixture.observe(prompt("p1").at(10s));
  fixture.observe(permission().at(11s));
  SECTION("it does not report the answer: two seconds") {
    fixture.agent.permission_resolved = Capability::kInferred;
    fixture.pass(1999ms);
    CHECK(fixture.state.domain.certain);
    fixture.pass(1ms);
    CHECK_FALSE(fixture.state.domain.certain);
    CHECK(fixture.status() == StatusKind::kWaitingForPermission);
    REQUIRE(fixture.state.domain.attention);
    CHECK(fixture.state.domain.attention->confirmed);
  }
  SECTION("it reports each answer: silence proves that it waits") {
    fixture.agent.permission_resolved = Capability::kExact;
    fixture.pass(1h);
    CHECK(fixture.state.domain.certain);
  }
  SECTION("it does not report the answer, but shows a level") {
    fixture.agent.permission_resolved = Capability::kInferred;
    fixture.observe(level("waiting").at(11s + 100ms));
    fixture.pass(1h);
    CHECK(fixture.state.domain.certain);
  }
  SECTION("it reports each answer, and a level disagrees") {
    fixture.observe(level("busy").at(10s + 100ms));
    fixture.observe(permission("Write").at(12s));
    fixture.agent.permission_resolved = Capability::kExact;
    fixture.pass(10s);
    CHECK_FALSE((fixture.state.domain.certain && fixture.status() == StatusKind::kWaitingForPermission));
  }
}

TEST_CASE("STATE-C3: how an agent reports an interruption decides how long its turn stays certain") {
  FoldFixture fixture;
  fixture.observe(prompt("p1").at(10s));
  fixture.observe(tool_started("t1").at(11s));
  SECTION("it does not report it: three seconds") {
    fixture.agent.interrupt = Capability::kNone;
    fixture.pass(2999ms);
    CHECK(fixture.state.domain.certain);
    fixture.pass(1ms);
    CHECK_FALSE(fixture.state.domain.certain);
  }
  SECTION("it reports it: never") {
    fixture.agent.interrupt = Capability::kExact;
    fixture.pass(1h);
    CHECK(fixture.state.domain.certain);
    CHECK(fixture.status() == StatusKind::kRunningTool);
  }
  SECTION("an interruption is no answer") {
    fixture.agent.interrupt = Capability::kExact;
    fixture.observe(permission().at(12s));
    fixture.pass(4s);
    CHECK_FALSE(fixture.state.domain.certain);
  }
}

TEST_CASE("STATE-E2: the origin of the process exit agrees with the ended status") {
  FoldFixture fixture;
  fixture.observe(observed("process.bound", {{"pid", 7}, {"start_ticks", 70}}).at(1s));
  fixture.observe(prompt("p1").at(2s));
  fixture.observe(observed("process.exited", {{"pid", 7}, {"start_ticks", 70}}).from("processes").at(3s));
  REQUIRE(fixture.status() == StatusKind::kEnded);
  CHECK(said_by(fixture, "processes")->stance == Stance::kAgrees);
}

TEST_CASE("STATE-C6: stale is uncertain, ended is certain") {
  FoldFixture fixture;
  fixture.observe(prompt("p1").at(10s));
  mark_stale(fixture.state, {"clean_up", moment(200s), {9, 0}});
  CHECK_FALSE(fixture.state.domain.certain);
  fixture.observe(observed("session.ended").at(201s));
  CHECK(fixture.state.domain.certain);
}

TEST_CASE("a level that starts to disagree makes the status uncertain") {
  FoldFixture fixture;
  fixture.observe(prompt("p1").at(10s));
  fixture.observe(failed().at(12s));
  fixture.observe(level("idle").at(12s + 10ms));
  CHECK(fixture.state.domain.certain);
  fixture.observe(level("busy").at(20s));
  CHECK(fixture.status() == StatusKind::kError);
  CHECK_FALSE(fixture.state.domain.certain);
}
