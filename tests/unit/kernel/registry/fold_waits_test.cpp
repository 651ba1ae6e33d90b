// SPDX-License-Identifier: MIT
// Who waits for the person, and until when; TRAP-S4, TRAP-S5, TRAP-S13.
#include "story.hpp"
#include "support/catch.hpp"

using namespace atm;
using namespace atm::kernel;
using namespace atm::kernel::test;

namespace {

Told question(const char* reason, const char* tool = "") {
  Told one = told("input.needed", {{"reason", std::string(reason)}});
  if (*tool != '\0') one.attrs.emplace_back("tool", std::string(tool));
  return one;
}

Story working() {
  Story story;
  story.tell(told("prompt.submitted"));
  return story;
}

}  // namespace

TEST_CASE("a permission request makes the session wait, and calls its person") {
  Story story = working();
  story.tell(tool_started("t1"));
  story.tell(permission("Bash").at(40s));
  CHECK(story.status() == StatusKind::kWaitingForPermission);
  CHECK(story.tool() == "Bash");
  CHECK(story.state.domain.attention == Attention{"permission", moment(40s), false});
  story.tell(tool_finished("t1"));
  CHECK(story.status() == StatusKind::kThinking);
  CHECK_FALSE(story.state.domain.attention.has_value());
}

TEST_CASE("TRAP-S13: a question, a plan and an elicitation wait for the person too", "[TRAP-S13]") {
  for (const char* reason : {"question", "plan", "elicitation"}) {
    Story story = working();
    story.tell(question(reason));
    CAPTURE(reason);
    CHECK(story.status() == StatusKind::kWaitingForInput);
    CHECK(story.state.domain.status.reason() == reason);
    CHECK(story.state.domain.attention->reason == reason);
  }
}

TEST_CASE("TRAP-S5: whatever the same actor does next closes its wait", "[TRAP-S5]") {
  const std::vector<Told> next{tool_started("t2"),
                               tool_finished("t1"),
                               told("prompt.submitted", {{"prompt.id", std::string("p2")}}),
                               told("turn.finished"),
                               told("compaction.started"),
                               told("input.resolved", {{"outcome", std::string("allowed")}})};
  for (const Told& event : next) {
    Story story = working();
    story.tell(tool_started("t1"));
    story.tell(permission());
    story.tell(event);
    CAPTURE(event.type);
    CHECK(story.state.book.waits.empty());
    CHECK_FALSE(story.state.domain.attention.has_value());
  }
}

TEST_CASE("TRAP-S5: a notice or a report does not close a wait", "[TRAP-S5]") {
  for (const char* type :
       {"notice", "status.reported", "usage.reported", "process.bound", "claude_code.setup"}) {
    Story story = working();
    story.tell(permission());
    story.tell(told(type));
    CAPTURE(type);
    CHECK(story.status() == StatusKind::kWaitingForPermission);
  }
}

TEST_CASE("TRAP-S5: closing one wait of several leaves the others", "[TRAP-S5]") {
  Story story = working();
  story.tell(tool_started("t1", "Bash"));
  story.tell(tool_started("t2", "Write"));
  story.tell(permission("Bash"));
  story.tell(permission("Write"));
  REQUIRE(story.state.book.waits.size() == 2);
  SECTION("by the answer") {
    story.tell(told("input.resolved", {{"tool_use_id", std::string("t1")}}));
    REQUIRE(story.state.book.waits.size() == 1);
    CHECK(story.tool() == "Write");
  }
  SECTION("by the tool's result") {
    story.tell(tool_finished("t1"));
    REQUIRE(story.state.book.waits.size() == 1);
    CHECK(story.tool() == "Write");
  }
  SECTION("an answer without a name closes the oldest") {
    story.tell(told("input.resolved"));
    REQUIRE(story.state.book.waits.size() == 1);
    CHECK(story.tool() == "Write");
  }
  SECTION("the actor goes on with something new: all are over") {
    story.tell(tool_started("t3"));
    CHECK(story.state.book.waits.empty());
  }
}

TEST_CASE("the result of a tool that ran beside the asked one answers nothing") {
  Story story = working();
  story.tell(tool_started("t1", "WebFetch"));
  story.tell(tool_started("t2", "Bash"));
  story.tell(permission("Bash"));
  story.tell(tool_finished("t1", "WebFetch"));
  CHECK(story.status() == StatusKind::kWaitingForPermission);
  story.tell(tool_finished("t2", "Bash"));
  CHECK(story.status() == StatusKind::kThinking);
}

TEST_CASE("a subagent's wait is the session's, and only its own activity closes it") {
  Story story = working();
  story.tell(tool_started("t1", "Agent"));
  story.tell(permission("Write").by("a1"));
  CHECK(story.status() == StatusKind::kWaitingForPermission);
  story.tell(tool_finished("t1", "Agent"));
  CHECK(story.status() == StatusKind::kWaitingForPermission);
  story.tell(tool_started("t2", "Read").by("a2"));
  CHECK(story.status() == StatusKind::kWaitingForPermission);
  story.tell(tool_started("t3", "Write").by("a1"));
  CHECK(story.status() == StatusKind::kThinking);
}

TEST_CASE("a subagent that ends waits for nobody") {
  Story story = working();
  story.tell(permission("Write").by("a1"));
  story.tell(told("subagent.finished", {{"subagent.id", std::string("a1")}}));
  CHECK(story.status() == StatusKind::kThinking);
}

TEST_CASE("TRAP-S4: the late notification of a permission adds no second wait", "[TRAP-S4]") {
  Story story = working();
  story.tell(tool_started("t1"));
  story.tell(permission("Bash").by("a1"));
  story.tell(question("permission"));
  CHECK(story.state.book.waits.size() == 1);
  CHECK(story.tool() == "Bash");
}

TEST_CASE("TRAP-S4: a permission asked for a tool that has its result already is over", "[TRAP-S4]") {
  Story story = working();
  story.tell(tool_started("t1"));
  story.tell(tool_finished("t1"));
  story.tell(
      told("input.needed", {{"reason", std::string("permission")}, {"tool_use_id", std::string("t1")}}));
  CHECK(story.status() == StatusKind::kThinking);
}

TEST_CASE("an agent that waits for a prompt is in no turn, even if nobody said that it ended") {
  Story story = working();
  story.tell(tool_started("t1"));
  story.tell(question("idle"));
  CHECK(story.status() == StatusKind::kWaitingForInput);
  CHECK(story.state.book.tools.empty());
  story.tell(told("input.resolved"));
  CHECK(story.status() == StatusKind::kIdle);
}

TEST_CASE("an idle prompt stands behind any other question") {
  Story story;
  story.tell(question("idle"));
  story.tell(question("elicitation"));
  CHECK(story.state.domain.status.reason() == "elicitation");
}

TEST_CASE("a flood of questions keeps a bounded number of waits") {
  Story story = working();
  for (int i = 0; i < 200; ++i) story.tell(permission(("tool" + std::to_string(i)).c_str()));
  CHECK(story.state.book.waits.size() == 32);
}
