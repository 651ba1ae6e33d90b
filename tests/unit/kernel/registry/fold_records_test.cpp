// SPDX-License-Identifier: MIT
// Records of the past: STATE-E5, STATE-T4, STATE-C5.
#include "story.hpp"
#include "support/catch.hpp"

using namespace atm;
using namespace atm::kernel;
using namespace atm::kernel::test;

TEST_CASE("STATE-E5: a record that an edge overtook is history") {
  Story story;
  story.tell(prompt("p1").at(10s));
  story.tell(tool_started("t1").at(11s));
  CHECK(is_no_news(story.state, recorded(tool_started("t1").at(10s + 900ms)).copy()));
  CHECK(is_no_news(story.state, recorded(finished().at(9s)).copy()));
  CHECK_FALSE(is_no_news(story.state, recorded(finished().at(12s)).copy()));
}

TEST_CASE("STATE-E5: a background task's edge makes no history of what the main thread records") {
  Story story;
  story.tell(prompt("p1").at(10s));
  story.tell(tool_started("t1").by("a1").at(13s));
  CHECK_FALSE(
      is_no_news(story.state,
                 recorded(told("turn.finished", {{"outcome", std::string("interrupted")}}).at(12s)).copy()));
}

TEST_CASE("STATE-E5: usage is counted whenever it was recorded") {
  Story story;
  story.tell(prompt("p1").at(10s));
  CHECK_FALSE(is_no_news(story.state, recorded(told("usage.reported").at(5s)).copy()));
}

TEST_CASE("STATE-T4, TRAP-S1: a recorded interruption closes its turn, and no other", "[TRAP-S1]") {
  const Told interrupted = recorded(told("turn.finished", {{"outcome", std::string("interrupted")}}));
  Story story;
  story.tell(prompt("p1").at(10s));
  story.tell(Told(interrupted).at(12s));
  CHECK(story.status() == StatusKind::kIdle);
  CHECK(story.state.domain.certain);
  CHECK_FALSE(story.state.domain.finished);
  story.tell(level("busy").at(20s));
  story.tell(Told(interrupted).at(12s + 1ms));
  CHECK(story.status() == StatusKind::kActive);
}

TEST_CASE("STATE-T4: a record takes nothing back that an edge said of the end") {
  Story story;
  story.tell(prompt("p1").at(10s));
  story.tell(failed().at(12s));
  story.tell(recorded(told("turn.finished", {{"outcome", std::string("ok")}})).at(12s + 5ms));
  CHECK(story.status() == StatusKind::kError);
  story.tell(prompt("p2").at(20s));
  story.tell(finished(1).at(22s));
  story.tell(recorded(told("turn.finished", {{"outcome", std::string("ok")}})).at(22s + 5ms));
  CHECK(story.status() == StatusKind::kBackground);
}

TEST_CASE("STATE-C2: a record says how the turn ended that a level closed") {
  Story story;
  story.tell(level("busy").at(10s));
  story.tell(level("idle").at(12s));
  CHECK_FALSE(story.state.domain.certain);
  story.tell(recorded(failed()).at(11s + 990ms));
  CHECK(story.status() == StatusKind::kError);
  CHECK(story.state.domain.certain);
}

TEST_CASE("STATE-C5: an open turn known from records alone is uncertain, with a level it is not") {
  Story story;
  story.tell(recorded(prompt("p1")).at(10s));
  story.tell(recorded(tool_started("t1")).at(11s));
  CHECK(story.status() == StatusKind::kRunningTool);
  CHECK_FALSE(story.state.domain.certain);
  story.tell(level("busy").at(10s + 5ms));
  CHECK(story.state.domain.certain);
}

TEST_CASE("STATE-C5: a closed turn known from records is certain, unless it left something running") {
  Told result = tool_finished("t1");
  result.attrs.emplace_back("background", true);
  const Told end = told("turn.finished", {{"outcome", std::string("ok")}});
  Story story;
  story.tell(recorded(prompt("p1")).at(10s));
  story.tell(recorded(end).at(11s));
  CHECK(story.status() == StatusKind::kIdle);
  CHECK(story.state.domain.certain);
  story.tell(recorded(prompt("p2")).at(20s));
  story.tell(recorded(result).at(21s));
  story.tell(recorded(end).at(22s));
  CHECK(story.status() == StatusKind::kBackground);
  CHECK_FALSE(story.state.domain.certain);
  story.tell(recorded(told("prompt.submitted", {{"source", std::string("task_notification")}})).at(30s));
  story.tell(recorded(end).at(31s));
  CHECK(story.status() == StatusKind::kIdle);
  CHECK(story.state.domain.certain);
}

TEST_CASE("a record of the prompt that opened the turn opens nothing again") {
  Story story;
  story.tell(prompt("p1").at(10s));
  story.tell(tool_started("t1").at(10s + 500ms));
  story.tell(recorded(told("prompt.submitted")).at(10s + 600ms));
  CHECK(story.status() == StatusKind::kRunningTool);
  CHECK(story.state.book.prompts == 1);
}
