// SPDX-License-Identifier: MIT
// Attention: STATE-A1 to STATE-A6, STATE-W5, STATE-W6, STATE-W8; TRAP-S4, TRAP-S12.
#include "fold_fixture.hpp"
#include "support/catch.hpp"

using namespace atm;
using namespace atm::kernel;
using namespace atm::kernel::test;

namespace {

ObservationSpec unblocked() {
  return observed("status.reported", {{"unblocked", true}}).from("claude_code/status_line");
}
ObservationSpec reminder() {
  return observed("notice", {{"about", std::string("permission")}});
}

FoldFixture asked(bool with_level = false) {
  FoldFixture fixture;
  fixture.observe(prompt("p1").at(10s));
  if (with_level) fixture.observe(level("busy").at(10s + 1ms));
  fixture.observe(tool_started("t1").at(11s));
  fixture.observe(permission().at(11s + 100ms));
  return fixture;
}

}  // namespace

TEST_CASE("STATE-A2, STATE-A3: without a level attention is announced once after a second") {
  FoldFixture fixture = asked();
  CHECK(fixture.status() == StatusKind::kWaitingForPermission);
  CHECK_FALSE(fixture.state.domain.attention->confirmed);
  CHECK_FALSE(fixture.pass(999ms).raised);
  CHECK(fixture.pass(1ms).raised);
  CHECK(fixture.state.domain.attention->confirmed);
  CHECK_FALSE(fixture.observe(reminder().at(17s)).raised);
}

TEST_CASE("STATE-W8: a request that the agent answers itself is never announced") {
  FoldFixture fixture = asked(true);
  const Change change = fixture.pass(1s);
  CHECK(change.status);
  CHECK_FALSE(change.raised);
  CHECK_FALSE(change.cleared.has_value());
  CHECK(fixture.status() == StatusKind::kRunningTool);
  CHECK(fixture.state.domain.status_cause.type == "wait.refuted");
  CHECK(fixture.state.domain.status_cause.origin == "registry");
  CHECK_FALSE(fixture.state.domain.attention.has_value());
}

TEST_CASE("STATE-W8: a level that is behind the turn refutes no wait") {
  FoldFixture fixture;
  fixture.observe(level("idle").at(1s));
  fixture.observe(prompt("p1").at(10s));
  fixture.observe(permission().at(11s));
  CHECK(fixture.pass(1s).raised);
}

TEST_CASE("STATE-A3: an error is announced at once") {
  FoldFixture fixture;
  fixture.observe(prompt("p1").at(10s));
  CHECK(fixture.observe(failed().at(12s)).raised);
  CHECK(fixture.state.domain.attention == Attention{"error", moment(12s), false, true});
  CHECK_FALSE(fixture.observe(failed().at(12s + 5ms)).raised);
}

TEST_CASE("STATE-A3, STATE-W6: a reminder confirms an open wait", "[TRAP-S4]") {
  FoldFixture fixture = asked();
  CHECK(fixture.observe(reminder().at(11s + 500ms)).raised);
}

TEST_CASE("STATE-W6, TRAP-S4, OBS-T2: a reminder of an answered request opens no wait", "[TRAP-S4]") {
  FoldFixture fixture = asked();
  fixture.observe(tool_finished("t1").at(12s));
  CHECK_FALSE(fixture.observe(reminder().at(17s)).raised);
  CHECK(fixture.status() == StatusKind::kThinking);
}

TEST_CASE("STATE-A4, TRAP-S12: flapping attention is announced once and cleared once", "[TRAP-S12]") {
  FoldFixture fixture = asked();
  int raised = fixture.pass(1s).raised ? 1 : 0;
  int cleared = 0;
  const auto count = [&](const Change& change) {
    raised += change.raised ? 1 : 0;
    cleared += change.cleared ? 1 : 0;
  };
  for (int i = 0; i < 40; ++i) {
    count(fixture.observe(observed("input.resolved").at(fixture.now + 50ms)));
    CHECK_FALSE(fixture.state.domain.attention.has_value());
    count(fixture.observe(permission().at(fixture.now + 50ms)));
    CHECK(fixture.state.domain.attention == Attention{"permission", moment(11s + 100ms), false, true});
  }
  CHECK(raised == 1);
  CHECK(cleared == 0);
  count(fixture.observe(tool_finished("t1").at(fixture.now + 1s)));
  count(fixture.pass(1s + 999ms));
  CHECK(cleared == 0);
  count(fixture.pass(1ms));
  CHECK(cleared == 1);
}

TEST_CASE("STATE-A4: the same attention more than two seconds later is new") {
  FoldFixture fixture = asked();
  CHECK(fixture.pass(1s).raised);
  fixture.observe(observed("input.resolved").at(13s));
  CHECK(fixture.pass(2s).cleared == "permission");
  fixture.observe(permission().at(16s));
  CHECK(fixture.state.domain.attention->since == moment(16s));
  CHECK(fixture.pass(1s).raised);
}

TEST_CASE("STATE-A4: a question about another tool raises new attention at any time") {
  FoldFixture fixture = asked();
  CHECK(fixture.pass(1s).raised);
  fixture.observe(tool_finished("t1").at(13s));
  fixture.observe(tool_started("t2").at(13s + 50ms));
  CHECK(fixture.observe(permission().at(13s + 120ms)).cleared == "permission");
  CHECK(fixture.pass(1s).raised);
}

TEST_CASE("STATE-A5: acknowledged attention stays silent when it flaps") {
  FoldFixture fixture = asked();
  fixture.observe(observed("attention.acknowledged").from("client").at(11s + 200ms));
  CHECK(fixture.state.domain.attention->acknowledged);
  CHECK_FALSE(fixture.pass(1s).raised);
  fixture.observe(observed("input.resolved").at(13s));
  fixture.observe(permission().at(13s + 10ms));
  CHECK(fixture.state.domain.attention->acknowledged);
  CHECK_FALSE(fixture.pass(5s).raised);
}

TEST_CASE("STATE-A5: an acknowledgement clears the finished mark and is no evidence of the agent") {
  FoldFixture fixture;
  fixture.observe(prompt("p1").at(10s));
  fixture.observe(finished().at(12s));
  REQUIRE(fixture.state.domain.finished);
  fixture.observe(observed("attention.acknowledged").from("client").at(100s));
  CHECK_FALSE(fixture.state.domain.finished);
  CHECK(fixture.state.domain.last_activity == moment(12s));
  CHECK(fixture.state.domain.evidence.size() == 1);
}

TEST_CASE("STATE-A5, STATE-A6: the user's next prompt clears attention for good") {
  FoldFixture fixture;
  fixture.observe(prompt("p1").at(10s));
  fixture.observe(failed().at(12s));
  CHECK(fixture.observe(prompt("p2").at(13s)).cleared == "error");
  CHECK(fixture.observe(failed().at(13s + 100ms)).raised);
  CHECK(fixture.state.domain.attention == Attention{"error", moment(13s + 100ms), false, true});
}

TEST_CASE("STATE-A6: an end clears announced attention at once") {
  FoldFixture fixture = asked();
  fixture.pass(1s);
  CHECK(fixture.observe(observed("session.ended").at(20s)).cleared == "permission");
}

TEST_CASE("STATE-A6: attention that was not announced is not cleared") {
  FoldFixture fixture = asked();
  CHECK_FALSE(fixture.observe(tool_finished("t1").at(11s + 500ms)).cleared.has_value());
  CHECK_FALSE(fixture.pass(5s).cleared.has_value());
}

TEST_CASE("STATE-W5: a report that no dialog is open closes a wait, half a second after it", "[TRAP-S1]") {
  FoldFixture fixture = asked();
  fixture.observe(unblocked().at(11s + 590ms));
  CHECK(fixture.status() == StatusKind::kWaitingForPermission);
  fixture.observe(unblocked().at(11s + 600ms));
  CHECK(fixture.status() == StatusKind::kRunningTool);
  SECTION("STATE-C4: the decision is unknown until the next edge") {
    CHECK_FALSE(fixture.state.domain.certain);
    fixture.observe(tool_finished("t1").at(12s));
    CHECK(fixture.state.domain.certain);
  }
  SECTION("the decision is unknown until the next level") {
    fixture.observe(level("idle").at(12s));
    CHECK(fixture.state.domain.certain);
  }
}

TEST_CASE("STATE-W5: a report closes no question without a dialog") {
  FoldFixture fixture;
  fixture.observe(observed("input.needed", {{"reason", std::string("idle")}}).at(10s));
  fixture.observe(unblocked().at(20s));
  CHECK(fixture.status() == StatusKind::kWaitingForInput);
}
