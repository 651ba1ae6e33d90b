// SPDX-License-Identifier: MIT
// Start and end of waits; TRAP-S4, TRAP-S5, TRAP-S13.
#include "fold_fixture.hpp"
#include "support/catch.hpp"

using namespace atm;
using namespace atm::kernel;
using namespace atm::kernel::test;

namespace {

ObservationSpec question(const char* reason, const char* tool = "") {
  ObservationSpec one = observed("input.needed", {{"reason", std::string(reason)}});
  if (*tool != '\0') one.attrs.emplace_back("tool", std::string(tool));
  return one;
}

FoldFixture working() {
  FoldFixture fixture;
  fixture.observe(observed("prompt.submitted"));
  return fixture;
}

}  // namespace

TEST_CASE("a permission request makes the session wait and raises attention") {
  FoldFixture fixture = working();
  fixture.observe(tool_started("t1"));
  fixture.observe(permission("Bash").at(40s));
  CHECK(fixture.status() == StatusKind::kWaitingForPermission);
  CHECK(fixture.tool() == "Bash");
  CHECK(fixture.state.domain.attention == Attention{"permission", moment(40s), false});
  fixture.observe(tool_finished("t1"));
  CHECK(fixture.status() == StatusKind::kThinking);
  CHECK_FALSE(fixture.state.domain.attention.has_value());
}

TEST_CASE("TRAP-S13: a question, a plan and an elicitation wait for the user too", "[TRAP-S13]") {
  for (const char* reason : {"question", "plan", "elicitation"}) {
    FoldFixture fixture = working();
    fixture.observe(question(reason));
    CAPTURE(reason);
    CHECK(fixture.status() == StatusKind::kWaitingForInput);
    CHECK(fixture.state.domain.status.reason() == reason);
    CHECK(fixture.state.domain.attention->reason == reason);
  }
}

TEST_CASE("TRAP-S5: whatever the same actor does next closes its wait", "[TRAP-S5]") {
  const std::vector<ObservationSpec> next{tool_started("t2"),
                                          tool_finished("t1"),
                                          observed("prompt.submitted", {{"prompt.id", std::string("p2")}}),
                                          observed("turn.finished"),
                                          observed("compaction.started"),
                                          observed("input.resolved", {{"outcome", std::string("allowed")}})};
  for (const ObservationSpec& event : next) {
    FoldFixture fixture = working();
    fixture.observe(tool_started("t1"));
    fixture.observe(permission());
    fixture.observe(event);
    CAPTURE(event.type);
    CHECK(fixture.state.fold_state.waits.empty());
    CHECK_FALSE(fixture.state.domain.attention.has_value());
  }
}

TEST_CASE("TRAP-S5: a notice or a report does not close a wait", "[TRAP-S5]") {
  for (const char* type :
       {"notice", "status.reported", "usage.reported", "process.bound", "claude_code.setup"}) {
    FoldFixture fixture = working();
    fixture.observe(permission());
    fixture.observe(observed(type));
    CAPTURE(type);
    CHECK(fixture.status() == StatusKind::kWaitingForPermission);
  }
}

TEST_CASE("TRAP-S5: closing one wait of several leaves the others", "[TRAP-S5]") {
  FoldFixture fixture = working();
  fixture.observe(tool_started("t1", "Bash"));
  fixture.observe(tool_started("t2", "Write"));
  fixture.observe(permission("Bash"));
  fixture.observe(permission("Write"));
  REQUIRE(fixture.state.fold_state.waits.size() == 2);
  SECTION("by the answer") {
    fixture.observe(observed("input.resolved", {{"tool_use_id", std::string("t1")}}));
    REQUIRE(fixture.state.fold_state.waits.size() == 1);
    CHECK(fixture.tool() == "Write");
  }
  SECTION("by the result of the tool") {
    fixture.observe(tool_finished("t1"));
    REQUIRE(fixture.state.fold_state.waits.size() == 1);
    CHECK(fixture.tool() == "Write");
  }
  SECTION("an answer without a name closes the oldest") {
    fixture.observe(observed("input.resolved"));
    REQUIRE(fixture.state.fold_state.waits.size() == 1);
    CHECK(fixture.tool() == "Write");
  }
  SECTION("new activity of the actor closes all waits") {
    fixture.observe(tool_started("t3"));
    CHECK(fixture.state.fold_state.waits.empty());
  }
}

TEST_CASE("the result of a parallel tool closes no wait") {
  FoldFixture fixture = working();
  fixture.observe(tool_started("t1", "WebFetch"));
  fixture.observe(tool_started("t2", "Bash"));
  fixture.observe(permission("Bash"));
  fixture.observe(tool_finished("t1", "WebFetch"));
  CHECK(fixture.status() == StatusKind::kWaitingForPermission);
  fixture.observe(tool_finished("t2", "Bash"));
  CHECK(fixture.status() == StatusKind::kThinking);
}

TEST_CASE("a subagent's wait belongs to the session, and only the subagent's activity closes it") {
  FoldFixture fixture = working();
  fixture.observe(tool_started("t1", "Agent"));
  fixture.observe(permission("Write").by("a1"));
  CHECK(fixture.status() == StatusKind::kWaitingForPermission);
  fixture.observe(tool_finished("t1", "Agent"));
  CHECK(fixture.status() == StatusKind::kWaitingForPermission);
  fixture.observe(tool_started("t2", "Read").by("a2"));
  CHECK(fixture.status() == StatusKind::kWaitingForPermission);
  fixture.observe(tool_started("t3", "Write").by("a1"));
  CHECK(fixture.status() == StatusKind::kThinking);
}

TEST_CASE("the end of a subagent closes its wait") {
  FoldFixture fixture = working();
  fixture.observe(permission("Write").by("a1"));
  fixture.observe(observed("subagent.finished", {{"subagent.id", std::string("a1")}}));
  CHECK(fixture.status() == StatusKind::kThinking);
}

TEST_CASE("TRAP-S4: the late notification of a permission adds no second wait", "[TRAP-S4]") {
  FoldFixture fixture = working();
  fixture.observe(tool_started("t1"));
  fixture.observe(permission("Bash").by("a1"));
  fixture.observe(question("permission"));
  CHECK(fixture.state.fold_state.waits.size() == 1);
  CHECK(fixture.tool() == "Bash");
}

TEST_CASE("TRAP-S4: a permission asked for a tool that has its result already is over", "[TRAP-S4]") {
  FoldFixture fixture = working();
  fixture.observe(tool_started("t1"));
  fixture.observe(tool_finished("t1"));
  fixture.observe(
      observed("input.needed", {{"reason", std::string("permission")}, {"tool_use_id", std::string("t1")}}));
  CHECK(fixture.status() == StatusKind::kThinking);
}

TEST_CASE("an agent that waits for a prompt has no open turn, even without an end of the turn") {
  FoldFixture fixture = working();
  fixture.observe(tool_started("t1"));
  fixture.observe(question("idle"));
  CHECK(fixture.status() == StatusKind::kWaitingForInput);
  CHECK(fixture.state.fold_state.tools.empty());
  fixture.observe(observed("input.resolved"));
  CHECK(fixture.status() == StatusKind::kIdle);
}

TEST_CASE("an idle prompt ranks after any other wait") {
  FoldFixture fixture;
  fixture.observe(question("idle"));
  fixture.observe(question("elicitation"));
  CHECK(fixture.state.domain.status.reason() == "elicitation");
}

TEST_CASE("a flood of questions keeps a bounded number of waits") {
  FoldFixture fixture = working();
  for (int i = 0; i < 200; ++i) fixture.observe(permission(("tool" + std::to_string(i)).c_str()));
  CHECK(fixture.state.fold_state.waits.size() == 32);
}
