// SPDX-License-Identifier: MIT
// Rules of the fold about beginnings, turns, tools and ends; TRAP-S2, TRAP-S6.
#include "story.hpp"
#include "support/catch.hpp"

using namespace atm;
using namespace atm::kernel;
using namespace atm::kernel::test;

TEST_CASE("a session that has just started is idle") {
  Story story;
  story.tell(told("session.started", {{"source", std::string("startup")}}));
  CHECK(story.status() == StatusKind::kIdle);
  CHECK(story.state.domain.status_cause == StatusCause{"session.started", "claude_code/hook", 1});
}

TEST_CASE("a session registered by its client is active until more is known") {
  Story story;
  story.tell(told("session.started", {{"source", std::string("registered")}}));
  CHECK(story.status() == StatusKind::kActive);
  story.tell(told("status.reported", {{"cost.total_usd_micros", 5}}));
  CHECK(story.status() == StatusKind::kActive);
  story.tell(told("turn.finished"));
  CHECK(story.status() == StatusKind::kIdle);
}

TEST_CASE("a turn goes from thinking over its tools back to idle") {
  Story story;
  story.tell(told("session.started"));
  story.tell(told("prompt.submitted"));
  CHECK(story.status() == StatusKind::kThinking);
  story.tell(tool_started("t1", "Bash"));
  CHECK(story.status() == StatusKind::kRunningTool);
  CHECK(story.tool() == "Bash");
  CHECK(story.state.domain.status.tool_started_at() == moment(3s));
  story.tell(tool_finished("t1"));
  CHECK(story.status() == StatusKind::kThinking);
  CHECK_FALSE(story.state.domain.finished);
  story.tell(told("turn.finished", {{"outcome", std::string("ok")}}));
  CHECK(story.status() == StatusKind::kIdle);
  CHECK(story.state.domain.finished);
  CHECK(story.state.book.prompts == 1);
}

TEST_CASE("of parallel tools the newest open one is shown") {
  Story story;
  story.tell(told("prompt.submitted"));
  story.tell(tool_started("t1", "Read"));
  story.tell(tool_started("t2", "Grep"));
  CHECK(story.tool() == "Grep");
  story.tell(tool_finished("t2"));
  CHECK(story.tool() == "Read");
  story.tell(tool_finished("t1"));
  CHECK(story.status() == StatusKind::kThinking);
}

TEST_CASE("a status keeps its since and cause while it stays the same") {
  Story story;
  story.tell(told("prompt.submitted").at(10s));
  story.tell(told("usage.reported").at(20s));
  CHECK(story.state.domain.status_since == moment(10s));
  CHECK(story.state.domain.status_cause.seq == 1);
  CHECK(story.state.domain.last_activity == moment(20s));
}

TEST_CASE("TRAP-S2: a status line after the turn's end does not make the session work again", "[TRAP-S2]") {
  Story story;
  story.tell(told("prompt.submitted"));
  story.tell(told("turn.finished", {{"outcome", std::string("ok")}}));
  const StatusCause cause = story.state.domain.status_cause;
  story.tell(told("status.reported", {{"cost.total_usd_micros", 1000}}).from("claude_code/status_line"));
  CHECK(story.status() == StatusKind::kIdle);
  CHECK(story.state.domain.status_cause == cause);
  CHECK(story.state.domain.finished);
}

TEST_CASE("TRAP-S2: a status line is no proof of work in a session first seen through it", "[TRAP-S2]") {
  Story story;
  story.tell(told("status.reported", {{"cost.total_usd_micros", 1000}}));
  CHECK(story.status() == StatusKind::kIdle);
}

TEST_CASE("a result that arrives after its turn changes no status") {
  Story story;
  story.tell(told("prompt.submitted"));
  story.tell(tool_started("t1"));
  story.tell(told("turn.finished", {{"outcome", std::string("ok")}}));
  const auto change = story.tell(tool_finished("t1"));
  CHECK_FALSE(change.status);
  CHECK(story.status() == StatusKind::kIdle);
  CHECK(story.state.infrastructure.recent_tools[0].is_error == false);
}

TEST_CASE("a result without a start means that the session works, when nothing else is known") {
  Story story;
  story.tell(tool_finished("t1"));
  CHECK(story.status() == StatusKind::kThinking);
}

TEST_CASE("a turn may begin with a tool, without a prompt") {
  Story story;
  story.tell(told("turn.finished"));
  story.tell(tool_started("t1"));
  CHECK(story.status() == StatusKind::kRunningTool);
}

TEST_CASE("a prompt cancels the tools of the turn before it") {
  Story story;
  story.tell(told("prompt.submitted", {{"prompt.id", std::string("p1")}}));
  story.tell(tool_started("t1").at(10s));
  story.tell(told("prompt.submitted", {{"prompt.id", std::string("p2")}}).at(60s));
  CHECK(story.status() == StatusKind::kThinking);
  CHECK(story.state.book.tools.empty());
}

TEST_CASE("a message added to a running turn leaves its tool running") {
  Story story;
  story.tell(told("prompt.submitted", {{"prompt.id", std::string("p1")}}));
  story.tell(tool_started("t1"));
  story.tell(told("prompt.submitted", {{"prompt.id", std::string("p1")}}));
  CHECK(story.status() == StatusKind::kRunningTool);
  CHECK(story.state.book.prompts == 1);
}

TEST_CASE("a failed turn is an error until the next prompt") {
  Story story;
  story.tell(told("prompt.submitted"));
  story.tell(
      told("turn.finished", {{"outcome", std::string("error")}, {"error.kind", std::string("rate_limit")}}));
  CHECK(story.status() == StatusKind::kError);
  CHECK(story.state.domain.status.error_kind() == "rate_limit");
  REQUIRE(story.state.domain.attention.has_value());
  CHECK(story.state.domain.attention->reason == "error");
  story.tell(told("status.reported"));
  CHECK(story.status() == StatusKind::kError);
  story.tell(told("prompt.submitted"));
  CHECK(story.status() == StatusKind::kThinking);
  CHECK_FALSE(story.state.domain.attention.has_value());
}

TEST_CASE("an interrupted turn is over, and not finished well") {
  Story story;
  story.tell(told("prompt.submitted"));
  story.tell(told("turn.finished", {{"outcome", std::string("interrupted")}}));
  CHECK(story.status() == StatusKind::kIdle);
  CHECK_FALSE(story.state.domain.finished);
}

TEST_CASE("TRAP-S6: a stop with background tasks is not idle", "[TRAP-S6]") {
  Story story;
  story.tell(told("prompt.submitted"));
  story.tell(told("turn.finished", {{"outcome", std::string("ok")}, {"background_tasks", 2}}));
  CHECK(story.status() == StatusKind::kBackground);
  CHECK(story.state.domain.status.background_tasks() == 2);
  CHECK_FALSE(story.state.domain.finished);
  story.tell(told("turn.finished", {{"outcome", std::string("ok")}, {"background_tasks", 0}}));
  CHECK(story.status() == StatusKind::kIdle);
}

TEST_CASE("TRAP-S6: a subagent's end is not the turn's end, nor its tools the main thread's", "[TRAP-S6]") {
  Story story;
  story.tell(told("prompt.submitted"));
  story.tell(tool_started("t1", "Agent"));
  const Told begun = told("subagent.started",
                          {{"subagent.id", std::string("a1")}, {"subagent.type", std::string("Explore")}});
  story.tell(begun);
  story.tell(begun);
  REQUIRE(story.state.domain.subagents.size() == 1);
  CHECK(story.state.domain.subagents[0].type == "Explore");
  story.tell(tool_started("t2", "Grep").by("a1"));
  CHECK(story.tool() == "Agent");
  story.tell(told("turn.finished").by("a1"));
  CHECK(story.tool() == "Agent");
  story.tell(told("subagent.finished", {{"subagent.id", std::string("a1")}}));
  CHECK(story.tool() == "Agent");
  CHECK(story.state.domain.subagents.empty());
}

TEST_CASE("TRAP-S6: an event that arrives twice changes nothing that matters", "[TRAP-S6]") {
  Story once;
  Story twice;
  const std::vector<Told> day{
      told("session.started", {{"source", std::string("startup")}}).at(1s),
      told("prompt.submitted", {{"prompt.id", std::string("p1")}}).at(2s),
      tool_started("t1").at(3s),
      permission().at(4s),
      tool_finished("t1").at(5s),
      told("subagent.started", {{"subagent.id", std::string("a1")}}).at(6s),
      told("subagent.finished", {{"subagent.id", std::string("a1")}}).at(7s),
      told("turn.finished", {{"outcome", std::string("ok")}}).at(8s),
      told("session.ended", {{"reason", std::string("other")}}).at(9s),
  };
  for (const Told& event : day) {
    once.tell(event);
    twice.tell(event);
    twice.tell(event);
    CAPTURE(event.type);
    CHECK(once.state.domain.status == twice.state.domain.status);
    CHECK(once.state.domain.status_since == twice.state.domain.status_since);
    CHECK(once.state.domain.subagents == twice.state.domain.subagents);
    CHECK(once.state.domain.finished == twice.state.domain.finished);
    CHECK(once.state.book == twice.state.book);
    CHECK(once.state.infrastructure.recent_tools.size() == twice.state.infrastructure.recent_tools.size());
  }
}

TEST_CASE("TRAP-S6: hooks that overtake each other by milliseconds end in the same state", "[TRAP-S6]") {
  const Told prompt = told("prompt.submitted").at(10s);
  const Told start = tool_started("t1").at(10s + 3ms);
  const Told result = tool_finished("t1").at(10s + 6ms);
  const Told stop = told("turn.finished", {{"outcome", std::string("ok")}}).at(10s + 9ms);
  const Told next = told("prompt.submitted").at(10s + 12ms);

  SECTION("the result before its start") {
    Story story;
    for (const Told& event : {prompt, result, start}) story.tell(event);
    CHECK(story.status() == StatusKind::kThinking);
  }
  SECTION("the tool before its prompt") {
    Story story;
    for (const Told& event : {start, prompt}) story.tell(event);
    CHECK(story.status() == StatusKind::kRunningTool);
  }
  SECTION("the end before the tool") {
    Story story;
    for (const Told& event : {prompt, stop, start, result}) story.tell(event);
    CHECK(story.status() == StatusKind::kIdle);
  }
  SECTION("the next prompt before the end") {
    Story story;
    for (const Told& event : {prompt, next, stop}) story.tell(event);
    CHECK(story.status() == StatusKind::kThinking);
  }
}

TEST_CASE("a clock that steps back does not hold up a session") {
  Story story;
  story.tell(told("prompt.submitted").at(2h));
  story.tell(told("turn.finished").at(2h + 1s));
  story.tell(tool_started("t1").at(1s));
  CHECK(story.status() == StatusKind::kRunningTool);
  CHECK(story.state.domain.last_activity == moment(2h + 1s));
}

TEST_CASE("a compaction by hand ends in idle, one within a turn in thinking") {
  Story story;
  story.tell(told("session.started"));
  story.tell(told("compaction.started", {{"trigger", std::string("manual")}}));
  CHECK(story.status() == StatusKind::kCompacting);
  story.tell(told("session.started", {{"source", std::string("compact")}}));
  CHECK(story.status() == StatusKind::kCompacting);
  story.tell(told("compaction.finished"));
  CHECK(story.status() == StatusKind::kIdle);
  story.tell(told("prompt.submitted"));
  story.tell(told("compaction.started", {{"trigger", std::string("auto")}}));
  story.tell(told("compaction.finished"));
  CHECK(story.status() == StatusKind::kThinking);
}

TEST_CASE("an end closes everything, and a second end says nothing new") {
  Story story;
  story.tell(told("prompt.submitted"));
  story.tell(tool_started("t1"));
  story.tell(permission());
  CHECK(story.tell(told("session.ended", {{"reason", std::string("other")}})).ended);
  CHECK(story.status() == StatusKind::kEnded);
  CHECK(story.state.book.tools.empty());
  CHECK(story.state.book.waits.empty());
  CHECK_FALSE(story.state.domain.attention.has_value());
  const auto again = story.tell(told("session.ended", {{"reason", std::string("clear")}}));
  CHECK_FALSE(again.ended);
  CHECK_FALSE(again.status);
  CHECK(story.state.book.end_reason == "other");
}

TEST_CASE("work after the end reopens the session, what trails in after it does not") {
  Story story;
  story.tell(told("prompt.submitted"));
  story.tell(told("session.ended").at(100s));
  for (const char* type : {"status.reported", "process.bound", "notice", "turn.finished", "tool.finished",
                           "input.resolved", "usage.reported", "subagent.finished", "claude_code.setup"}) {
    CAPTURE(type);
    story.tell(told(type).at(101s));
    CHECK(story.status() == StatusKind::kEnded);
  }
  story.tell(tool_started("t9").at(99s));
  CHECK(story.status() == StatusKind::kEnded);
  story.tell(told("session.started", {{"source", std::string("resume")}}).at(200s));
  CHECK(story.status() == StatusKind::kIdle);
  story.tell(told("session.ended").at(300s));
  story.tell(told("prompt.submitted").at(400s));
  CHECK(story.status() == StatusKind::kThinking);
}

TEST_CASE("seeing a session again does not end its turn") {
  Story story;
  story.tell(told("prompt.submitted"));
  story.tell(told("session.started", {{"source", std::string("discovered")}}));
  CHECK(story.status() == StatusKind::kThinking);
}

TEST_CASE("a type of a vendor is activity and nothing else") {
  Story story;
  story.tell(told("prompt.submitted"));
  story.tell(permission());
  Bookkeeping before = story.state.book;
  story.tell(
      told("claude_code.message_display", {{"model.id", std::string("m")}, {"reason", std::string("r")}})
          .at(50s));
  before.news_ns = story.state.book.news_ns;
  CHECK(story.state.book == before);
  CHECK(story.state.domain.model.id.empty());
  CHECK(story.state.domain.last_activity == moment(50s));
  CHECK(story.state.infrastructure.update_count == 3);
}

TEST_CASE("a flood of starts keeps a bounded number of open tools") {
  Story story;
  for (int i = 0; i < 1000; ++i) story.tell(tool_started(std::to_string(i).c_str()));
  CHECK(story.state.book.tools.size() == 64);
  CHECK(story.state.infrastructure.recent_tools.size() == 50);
}
