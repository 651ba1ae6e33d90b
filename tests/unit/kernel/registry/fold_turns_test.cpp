// SPDX-License-Identifier: MIT
// Fold rules about starts, turns, tools and ends; TRAP-S2, TRAP-S6.
#include "fold_fixture.hpp"
#include "support/catch.hpp"

using namespace atm;
using namespace atm::kernel;
using namespace atm::kernel::test;

TEST_CASE("a session that has just started is idle") {
  FoldFixture fixture;
  fixture.observe(observed("session.started", {{"source", std::string("startup")}}));
  CHECK(fixture.status() == StatusKind::kIdle);
  CHECK(fixture.state.domain.status_cause == StatusCause{"session.started", "claude_code/hook", 1});
}

TEST_CASE("a session registered by its agent is active without other evidence") {
  FoldFixture fixture;
  fixture.observe(observed("session.started", {{"source", std::string("registered")}}));
  CHECK(fixture.status() == StatusKind::kActive);
  fixture.observe(observed("status.reported", {{"cost.total_usd_micros", 5}}));
  CHECK(fixture.status() == StatusKind::kActive);
  fixture.observe(observed("turn.finished"));
  CHECK(fixture.status() == StatusKind::kIdle);
}

TEST_CASE("a turn goes from thinking through its tools to idle") {
  FoldFixture fixture;
  fixture.observe(observed("session.started"));
  fixture.observe(observed("prompt.submitted"));
  CHECK(fixture.status() == StatusKind::kThinking);
  fixture.observe(tool_started("t1", "Bash"));
  CHECK(fixture.status() == StatusKind::kRunningTool);
  CHECK(fixture.tool() == "Bash");
  CHECK(fixture.state.domain.status.tool_started_at() == moment(3s));
  fixture.observe(tool_finished("t1"));
  CHECK(fixture.status() == StatusKind::kThinking);
  CHECK_FALSE(fixture.state.domain.finished);
  fixture.observe(observed("turn.finished", {{"outcome", std::string("ok")}}));
  CHECK(fixture.status() == StatusKind::kIdle);
  CHECK(fixture.state.domain.finished);
  CHECK(fixture.state.fold_state.prompts == 1);
}

TEST_CASE("the newest open tool of several is shown") {
  FoldFixture fixture;
  fixture.observe(observed("prompt.submitted"));
  fixture.observe(tool_started("t1", "Read"));
  fixture.observe(tool_started("t2", "Grep"));
  CHECK(fixture.tool() == "Grep");
  fixture.observe(tool_finished("t2"));
  CHECK(fixture.tool() == "Read");
  fixture.observe(tool_finished("t1"));
  CHECK(fixture.status() == StatusKind::kThinking);
}

TEST_CASE("a status keeps its since and cause while it stays the same") {
  FoldFixture fixture;
  fixture.observe(observed("prompt.submitted").at(10s));
  fixture.observe(observed("usage.reported").at(20s));
  CHECK(fixture.state.domain.status_since == moment(10s));
  CHECK(fixture.state.domain.status_cause.seq == 1);
  CHECK(fixture.state.domain.last_activity == moment(20s));
}

TEST_CASE("TRAP-S2: a status line after the end of the turn does not make the session active", "[TRAP-S2]") {
  FoldFixture fixture;
  fixture.observe(observed("prompt.submitted"));
  fixture.observe(observed("turn.finished", {{"outcome", std::string("ok")}}));
  const StatusCause cause = fixture.state.domain.status_cause;
  fixture.observe(
      observed("status.reported", {{"cost.total_usd_micros", 1000}}).from("claude_code/status_line"));
  CHECK(fixture.status() == StatusKind::kIdle);
  CHECK(fixture.state.domain.status_cause == cause);
  CHECK(fixture.state.domain.finished);
}

TEST_CASE("TRAP-S2: a status line is no proof of work in a session first seen through it", "[TRAP-S2]") {
  FoldFixture fixture;
  fixture.observe(observed("status.reported", {{"cost.total_usd_micros", 1000}}));
  CHECK(fixture.status() == StatusKind::kIdle);
}

TEST_CASE("a result that arrives after its turn changes no status") {
  FoldFixture fixture;
  fixture.observe(observed("prompt.submitted"));
  fixture.observe(tool_started("t1"));
  fixture.observe(observed("turn.finished", {{"outcome", std::string("ok")}}));
  const auto change = fixture.observe(tool_finished("t1"));
  CHECK_FALSE(change.status);
  CHECK(fixture.status() == StatusKind::kIdle);
  CHECK(fixture.state.runtime.recent_tools[0].is_error == false);
}

TEST_CASE("a result without a start makes a session without other evidence active") {
  FoldFixture fixture;
  fixture.observe(tool_finished("t1"));
  CHECK(fixture.status() == StatusKind::kThinking);
}

TEST_CASE("a turn may begin with a tool, without a prompt") {
  FoldFixture fixture;
  fixture.observe(observed("turn.finished"));
  fixture.observe(tool_started("t1"));
  CHECK(fixture.status() == StatusKind::kRunningTool);
}

TEST_CASE("a prompt cancels the tools of the previous turn") {
  FoldFixture fixture;
  fixture.observe(observed("prompt.submitted", {{"prompt.id", std::string("p1")}}));
  fixture.observe(tool_started("t1").at(10s));
  fixture.observe(observed("prompt.submitted", {{"prompt.id", std::string("p2")}}).at(60s));
  CHECK(fixture.status() == StatusKind::kThinking);
  CHECK(fixture.state.fold_state.tools.empty());
}

TEST_CASE("a message added to a running turn leaves its tool running") {
  FoldFixture fixture;
  fixture.observe(observed("prompt.submitted", {{"prompt.id", std::string("p1")}}));
  fixture.observe(tool_started("t1"));
  fixture.observe(observed("prompt.submitted", {{"prompt.id", std::string("p1")}}));
  CHECK(fixture.status() == StatusKind::kRunningTool);
  CHECK(fixture.state.fold_state.prompts == 1);
}

TEST_CASE("a failed turn is an error until the next prompt") {
  FoldFixture fixture;
  fixture.observe(observed("prompt.submitted"));
  fixture.observe(observed("turn.finished",
                           {{"outcome", std::string("error")}, {"error.kind", std::string("rate_limit")}}));
  CHECK(fixture.status() == StatusKind::kError);
  CHECK(fixture.state.domain.status.error_kind() == "rate_limit");
  REQUIRE(fixture.state.domain.attention.has_value());
  CHECK(fixture.state.domain.attention->reason == "error");
  fixture.observe(observed("status.reported"));
  CHECK(fixture.status() == StatusKind::kError);
  fixture.observe(observed("prompt.submitted"));
  CHECK(fixture.status() == StatusKind::kThinking);
  CHECK_FALSE(fixture.state.domain.attention.has_value());
}

TEST_CASE("an interrupted turn is closed and not finished") {
  FoldFixture fixture;
  fixture.observe(observed("prompt.submitted"));
  fixture.observe(observed("turn.finished", {{"outcome", std::string("interrupted")}}));
  CHECK(fixture.status() == StatusKind::kIdle);
  CHECK_FALSE(fixture.state.domain.finished);
}

TEST_CASE("OBS-T3: a result with background ends the tool use and leaves its work running") {
  FoldFixture fixture;
  fixture.observe(prompt("p1"));
  fixture.observe(tool_started("t1"));
  ObservationSpec result = tool_finished("t1");
  result.attrs.emplace_back("background", true);
  fixture.observe(result);
  CHECK(fixture.state.fold_state.tools.empty());
  CHECK(fixture.status() == StatusKind::kThinking);
  fixture.observe(observed("turn.finished", {{"outcome", std::string("ok")}}));
  CHECK(fixture.status() == StatusKind::kBackground);
  CHECK(fixture.state.domain.status.background_tasks() == 1);
}

TEST_CASE(
    "the end of a turn closes the tools of its actor, and the end of the session those of every actor") {
  FoldFixture fixture;
  fixture.observe(prompt("p1"));
  fixture.observe(tool_started("t1"));
  fixture.observe(observed("subagent.started", {{"subagent.id", std::string("a1")}}));
  fixture.observe(tool_started("t2").by("a1"));
  fixture.observe(finished());
  REQUIRE(fixture.state.fold_state.tools.size() == 1);
  CHECK(fixture.state.fold_state.tools[0].actor == "a1");
  fixture.observe(prompt("p2"));
  fixture.observe(tool_started("t3"));
  CHECK(fixture.state.fold_state.tools.size() == 2);
  fixture.observe(observed("session.ended", {{"reason", std::string("other")}}));
  CHECK(fixture.state.fold_state.tools.empty());
  CHECK(fixture.state.domain.subagents.empty());
}

TEST_CASE("TRAP-S6: a stop with background tasks is not idle", "[TRAP-S6]") {
  FoldFixture fixture;
  fixture.observe(observed("prompt.submitted"));
  fixture.observe(observed("turn.finished", {{"outcome", std::string("ok")}, {"background_tasks", 2}}));
  CHECK(fixture.status() == StatusKind::kBackground);
  CHECK(fixture.state.domain.status.background_tasks() == 2);
  CHECK_FALSE(fixture.state.domain.finished);
  fixture.observe(observed("turn.finished", {{"outcome", std::string("ok")}, {"background_tasks", 0}}));
  CHECK(fixture.status() == StatusKind::kIdle);
}

TEST_CASE("TRAP-S6: the end and the tools of a subagent do not belong to the main thread", "[TRAP-S6]") {
  FoldFixture fixture;
  fixture.observe(observed("prompt.submitted"));
  fixture.observe(tool_started("t1", "Agent"));
  const ObservationSpec begun = observed(
      "subagent.started", {{"subagent.id", std::string("a1")}, {"subagent.type", std::string("Explore")}});
  fixture.observe(begun);
  fixture.observe(begun);
  REQUIRE(fixture.state.domain.subagents.size() == 1);
  CHECK(fixture.state.domain.subagents[0].type == "Explore");
  fixture.observe(tool_started("t2", "Grep").by("a1"));
  CHECK(fixture.tool() == "Agent");
  fixture.observe(observed("turn.finished").by("a1"));
  CHECK(fixture.tool() == "Agent");
  fixture.observe(observed("subagent.finished", {{"subagent.id", std::string("a1")}}));
  CHECK(fixture.tool() == "Agent");
  CHECK(fixture.state.domain.subagents.empty());
}

TEST_CASE("TRAP-S6: a repeated event leaves the state unchanged", "[TRAP-S6]") {
  FoldFixture once;
  FoldFixture twice;
  const std::vector<ObservationSpec> day{
      observed("session.started", {{"source", std::string("startup")}}).at(1s),
      observed("prompt.submitted", {{"prompt.id", std::string("p1")}}).at(2s),
      tool_started("t1").at(3s),
      permission().at(4s),
      tool_finished("t1").at(5s),
      observed("subagent.started", {{"subagent.id", std::string("a1")}}).at(6s),
      observed("subagent.finished", {{"subagent.id", std::string("a1")}}).at(7s),
      observed("turn.finished", {{"outcome", std::string("ok")}}).at(8s),
      observed("session.ended", {{"reason", std::string("other")}}).at(9s),
  };
  for (const ObservationSpec& event : day) {
    once.observe(event);
    twice.observe(event);
    twice.observe(event);
    CAPTURE(event.type);
    CHECK(once.state.domain.status == twice.state.domain.status);
    CHECK(once.state.domain.status_since == twice.state.domain.status_since);
    CHECK(once.state.domain.subagents == twice.state.domain.subagents);
    CHECK(once.state.domain.finished == twice.state.domain.finished);
    CHECK(once.state.fold_state == twice.state.fold_state);
    CHECK(once.state.runtime.recent_tools.size() == twice.state.runtime.recent_tools.size());
  }
}

TEST_CASE("TRAP-S6: hooks swapped by milliseconds give the same state", "[TRAP-S6]") {
  const ObservationSpec prompt = observed("prompt.submitted").at(10s);
  const ObservationSpec start = tool_started("t1").at(10s + 3ms);
  const ObservationSpec result = tool_finished("t1").at(10s + 6ms);
  const ObservationSpec stop = observed("turn.finished", {{"outcome", std::string("ok")}}).at(10s + 9ms);
  const ObservationSpec next = observed("prompt.submitted").at(10s + 12ms);

  SECTION("the result before its start") {
    FoldFixture fixture;
    for (const ObservationSpec& event : {prompt, result, start}) fixture.observe(event);
    CHECK(fixture.status() == StatusKind::kThinking);
  }
  SECTION("the tool before its prompt") {
    FoldFixture fixture;
    for (const ObservationSpec& event : {start, prompt}) fixture.observe(event);
    CHECK(fixture.status() == StatusKind::kRunningTool);
  }
  SECTION("the end before the tool") {
    FoldFixture fixture;
    for (const ObservationSpec& event : {prompt, stop, start, result}) fixture.observe(event);
    CHECK(fixture.status() == StatusKind::kIdle);
  }
  SECTION("the next prompt before the end") {
    FoldFixture fixture;
    for (const ObservationSpec& event : {prompt, next, stop}) fixture.observe(event);
    CHECK(fixture.status() == StatusKind::kThinking);
  }
}

TEST_CASE("a session continues after its clock steps back") {
  FoldFixture fixture;
  fixture.observe(observed("prompt.submitted").at(2h));
  fixture.observe(observed("turn.finished").at(2h + 1s));
  fixture.observe(tool_started("t1").at(1s));
  CHECK(fixture.status() == StatusKind::kRunningTool);
  CHECK(fixture.state.domain.last_activity == moment(2h + 1s));
}

TEST_CASE("a manual compaction ends in idle, one within a turn in thinking") {
  FoldFixture fixture;
  fixture.observe(observed("session.started"));
  fixture.observe(observed("compaction.started", {{"trigger", std::string("manual")}}));
  CHECK(fixture.status() == StatusKind::kCompacting);
  fixture.observe(observed("session.started", {{"source", std::string("compact")}}));
  CHECK(fixture.status() == StatusKind::kCompacting);
  fixture.observe(observed("compaction.finished"));
  CHECK(fixture.status() == StatusKind::kIdle);
  fixture.observe(observed("prompt.submitted"));
  fixture.observe(observed("compaction.started", {{"trigger", std::string("auto")}}));
  fixture.observe(observed("compaction.finished"));
  CHECK(fixture.status() == StatusKind::kThinking);
}

TEST_CASE("an end closes everything, and a second end is redundant") {
  FoldFixture fixture;
  fixture.observe(observed("prompt.submitted"));
  fixture.observe(tool_started("t1"));
  fixture.observe(permission());
  CHECK(fixture.observe(observed("session.ended", {{"reason", std::string("other")}})).ended);
  CHECK(fixture.status() == StatusKind::kEnded);
  CHECK(fixture.state.fold_state.tools.empty());
  CHECK(fixture.state.fold_state.waits.empty());
  CHECK_FALSE(fixture.state.domain.attention.has_value());
  const auto again = fixture.observe(observed("session.ended", {{"reason", std::string("clear")}}));
  CHECK_FALSE(again.ended);
  CHECK_FALSE(again.status);
  CHECK(fixture.state.fold_state.end_reason == "other");
}

TEST_CASE("work after the end reopens the session, late observations do not") {
  FoldFixture fixture;
  fixture.observe(observed("prompt.submitted"));
  fixture.observe(observed("session.ended").at(100s));
  for (const char* type : {"status.reported", "process.bound", "notice", "turn.finished", "tool.finished",
                           "input.resolved", "usage.reported", "subagent.finished", "claude_code.setup"}) {
    CAPTURE(type);
    fixture.observe(observed(type).at(101s));
    CHECK(fixture.status() == StatusKind::kEnded);
  }
  fixture.observe(tool_started("t9").at(99s));
  CHECK(fixture.status() == StatusKind::kEnded);
  fixture.observe(observed("session.started", {{"source", std::string("resume")}}).at(200s));
  CHECK(fixture.status() == StatusKind::kIdle);
  fixture.observe(observed("session.ended").at(300s));
  fixture.observe(observed("prompt.submitted").at(400s));
  CHECK(fixture.status() == StatusKind::kThinking);
}

TEST_CASE("a repeated discovery of a session does not end its turn") {
  FoldFixture fixture;
  fixture.observe(observed("prompt.submitted"));
  fixture.observe(observed("session.started", {{"source", std::string("discovered")}}));
  CHECK(fixture.status() == StatusKind::kThinking);
}

TEST_CASE("a vendor's type counts as activity only") {
  FoldFixture fixture;
  fixture.observe(observed("prompt.submitted"));
  fixture.observe(permission());
  FoldState before = fixture.state.fold_state;
  fixture.observe(
      observed("claude_code.message_display", {{"model.id", std::string("m")}, {"reason", std::string("r")}})
          .at(50s));
  before.newest_ns = fixture.state.fold_state.newest_ns;
  CHECK(fixture.state.fold_state == before);
  CHECK(fixture.state.domain.model.id.empty());
  CHECK(fixture.state.domain.last_activity == moment(50s));
  CHECK(fixture.state.runtime.update_count == 3);
}

TEST_CASE("a flood of starts keeps a bounded number of open tools") {
  FoldFixture fixture;
  for (int i = 0; i < 1000; ++i) fixture.observe(tool_started(std::to_string(i).c_str()));
  CHECK(fixture.state.fold_state.tools.size() == 64);
  CHECK(fixture.state.runtime.recent_tools.size() == 50);
}
