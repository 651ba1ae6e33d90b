// SPDX-License-Identifier: MIT
// Calls for the person: STATE-A1 to STATE-A6, STATE-W5, STATE-W6, STATE-W8; TRAP-S4, TRAP-S12.
#include "story.hpp"
#include "support/catch.hpp"

using namespace atm;
using namespace atm::kernel;
using namespace atm::kernel::test;

namespace {

Told unblocked() {
  return told("status.reported", {{"unblocked", true}}).from("claude_code/status_line");
}
Told reminder() {
  return told("notice", {{"about", std::string("permission")}});
}

Story asked(bool with_level = false) {
  Story story;
  story.tell(prompt("p1").at(10s));
  if (with_level) story.tell(level("busy").at(10s + 1ms));
  story.tell(tool_started("t1").at(11s));
  story.tell(permission().at(11s + 100ms));
  return story;
}

}  // namespace

TEST_CASE("STATE-A2, STATE-A3: without a level a call is announced after a second, once") {
  Story story = asked();
  CHECK(story.status() == StatusKind::kWaitingForPermission);
  CHECK_FALSE(story.state.domain.attention->confirmed);
  CHECK_FALSE(story.pass(999ms).raised);
  CHECK(story.pass(1ms).raised);
  CHECK(story.state.domain.attention->confirmed);
  CHECK_FALSE(story.tell(reminder().at(17s)).raised);
}

TEST_CASE("STATE-W8: what the client answers itself is never announced") {
  Story story = asked(true);
  const Change change = story.pass(1s);
  CHECK(change.status);
  CHECK_FALSE(change.raised);
  CHECK_FALSE(change.cleared.has_value());
  CHECK(story.status() == StatusKind::kRunningTool);
  CHECK(story.state.domain.status_cause.type == "wait.refuted");
  CHECK(story.state.domain.status_cause.origin == "registry");
  CHECK_FALSE(story.state.domain.attention.has_value());
}

TEST_CASE("STATE-W8: a level that does not keep up with the turn refutes nothing") {
  Story story;
  story.tell(level("idle").at(1s));
  story.tell(prompt("p1").at(10s));
  story.tell(permission().at(11s));
  CHECK(story.pass(1s).raised);
}

TEST_CASE("STATE-A3: an error is announced at once") {
  Story story;
  story.tell(prompt("p1").at(10s));
  CHECK(story.tell(failed().at(12s)).raised);
  CHECK(story.state.domain.attention == Attention{"error", moment(12s), false, true});
  CHECK_FALSE(story.tell(failed().at(12s + 5ms)).raised);
}

TEST_CASE("STATE-A3, STATE-W6: a reminder confirms what is open", "[TRAP-S4]") {
  Story story = asked();
  CHECK(story.tell(reminder().at(11s + 500ms)).raised);
}

TEST_CASE("STATE-W6, TRAP-S4: a reminder of what was answered opens nothing", "[TRAP-S4]") {
  Story story = asked();
  story.tell(tool_finished("t1").at(12s));
  CHECK_FALSE(story.tell(reminder().at(17s)).raised);
  CHECK(story.status() == StatusKind::kThinking);
}

TEST_CASE("STATE-A4, TRAP-S12: a call that flaps is announced once, and cleared once", "[TRAP-S12]") {
  Story story = asked();
  int raised = story.pass(1s).raised ? 1 : 0;
  int cleared = 0;
  const auto count = [&](const Change& change) {
    raised += change.raised ? 1 : 0;
    cleared += change.cleared ? 1 : 0;
  };
  for (int i = 0; i < 40; ++i) {
    count(story.tell(told("input.resolved").at(story.now + 50ms)));
    CHECK_FALSE(story.state.domain.attention.has_value());
    count(story.tell(permission().at(story.now + 50ms)));
    CHECK(story.state.domain.attention == Attention{"permission", moment(11s + 100ms), false, true});
  }
  CHECK(raised == 1);
  CHECK(cleared == 0);
  count(story.tell(tool_finished("t1").at(story.now + 1s)));
  count(story.pass(1s + 999ms));
  CHECK(cleared == 0);
  count(story.pass(1ms));
  CHECK(cleared == 1);
}

TEST_CASE("STATE-A4: the same call more than two seconds later is another") {
  Story story = asked();
  CHECK(story.pass(1s).raised);
  story.tell(told("input.resolved").at(13s));
  CHECK(story.pass(2s).cleared == "permission");
  story.tell(permission().at(16s));
  CHECK(story.state.domain.attention->since == moment(16s));
  CHECK(story.pass(1s).raised);
}

TEST_CASE("STATE-A4: a question about another tool is another call, however soon it comes") {
  Story story = asked();
  CHECK(story.pass(1s).raised);
  story.tell(tool_finished("t1").at(13s));
  story.tell(tool_started("t2").at(13s + 50ms));
  CHECK(story.tell(permission().at(13s + 120ms)).cleared == "permission");
  CHECK(story.pass(1s).raised);
}

TEST_CASE("STATE-A5: an acknowledged call is silent, and stays so when it flaps") {
  Story story = asked();
  story.tell(told("attention.acknowledged").from("client").at(11s + 200ms));
  CHECK(story.state.domain.attention->acknowledged);
  CHECK_FALSE(story.pass(1s).raised);
  story.tell(told("input.resolved").at(13s));
  story.tell(permission().at(13s + 10ms));
  CHECK(story.state.domain.attention->acknowledged);
  CHECK_FALSE(story.pass(5s).raised);
}

TEST_CASE("STATE-A5: the person's look takes away the finished mark, and is no sign of the agent") {
  Story story;
  story.tell(prompt("p1").at(10s));
  story.tell(finished().at(12s));
  REQUIRE(story.state.domain.finished);
  story.tell(told("attention.acknowledged").from("client").at(100s));
  CHECK_FALSE(story.state.domain.finished);
  CHECK(story.state.domain.last_activity == moment(12s));
  CHECK(story.state.domain.evidence.size() == 1);
}

TEST_CASE("STATE-A5, STATE-A6: the person's next prompt ends a call for good") {
  Story story;
  story.tell(prompt("p1").at(10s));
  story.tell(failed().at(12s));
  CHECK(story.tell(prompt("p2").at(13s)).cleared == "error");
  CHECK(story.tell(failed().at(13s + 100ms)).raised);
  CHECK(story.state.domain.attention == Attention{"error", moment(13s + 100ms), false, true});
}

TEST_CASE("STATE-A6: an end clears what was announced, at once") {
  Story story = asked();
  story.pass(1s);
  CHECK(story.tell(told("session.ended").at(20s)).cleared == "permission");
}

TEST_CASE("STATE-A6: what was not announced is not cleared") {
  Story story = asked();
  CHECK_FALSE(story.tell(tool_finished("t1").at(11s + 500ms)).cleared.has_value());
  CHECK_FALSE(story.pass(5s).cleared.has_value());
}

TEST_CASE("STATE-W5: a report that no dialog is open closes a wait, half a second after it", "[TRAP-S1]") {
  Story story = asked();
  story.tell(unblocked().at(11s + 590ms));
  CHECK(story.status() == StatusKind::kWaitingForPermission);
  story.tell(unblocked().at(11s + 600ms));
  CHECK(story.status() == StatusKind::kRunningTool);
  SECTION("STATE-C4: what was decided is not known until the next edge") {
    CHECK_FALSE(story.state.domain.certain);
    story.tell(tool_finished("t1").at(12s));
    CHECK(story.state.domain.certain);
  }
  SECTION("or the next level") {
    story.tell(level("idle").at(12s));
    CHECK(story.state.domain.certain);
  }
}

TEST_CASE("STATE-W5: a report leaves a question alone that is no dialog") {
  Story story;
  story.tell(told("input.needed", {{"reason", std::string("idle")}}).at(10s));
  story.tell(unblocked().at(20s));
  CHECK(story.status() == StatusKind::kWaitingForInput);
}
