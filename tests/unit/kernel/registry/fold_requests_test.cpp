// SPDX-License-Identifier: MIT
// Failed requests to the model, aborted turns, corrected results and nested agents.
#include "fold_fixture.hpp"
#include "support/catch.hpp"

using namespace atm;
using namespace atm::kernel;
using namespace atm::kernel::test;

namespace {

ObservationSpec request_failed() {
  return observed("request.failed", {{"error.kind", std::string("overloaded")}, {"attempt", 2}});
}

ObservationSpec aborted(const char* reason) {
  return observed("turn.finished",
                  {{"outcome", std::string("aborted")}, {"abort.reason", std::string(reason)}});
}

std::string word_of(const FoldFixture& fixture) {
  return fixture.state.domain.detail ? fixture.state.domain.detail->word : std::string();
}

}  // namespace

TEST_CASE("STATE-D4: a failed request shows a retry until the next activity or response") {
  FoldFixture fixture;
  fixture.observe(prompt("p1").at(1s));
  fixture.observe(request_failed().at(2s));
  REQUIRE(fixture.status() == StatusKind::kThinking);
  REQUIRE(word_of(fixture) == "retrying");
  CHECK(*fixture.state.domain.detail->args.get<std::int64_t>("attempt") == 2);
  CHECK(fixture.state.domain.detail->args.find("next") == nullptr);
  SECTION("a tool") {
    fixture.observe(tool_started("t1").at(3s));
  }
  SECTION("a response") {
    fixture.observe(observed("status.reported", {{"context.output_tokens", 5}}).at(3s));
  }
  SECTION("the usage of a response") {
    fixture.observe(observed("usage.reported", {{"usage.id", std::string("m1")}}).at(3s));
  }
  SECTION("the end of the turn") {
    fixture.observe(finished().at(3s));
  }
  CHECK(word_of(fixture).empty());
  fixture.observe(level("idle").at(4s));
  CHECK(fixture.status() == StatusKind::kIdle);
}

TEST_CASE("STATE-D4: a report without a response leaves the retry") {
  FoldFixture fixture;
  fixture.observe(prompt("p1").at(1s));
  fixture.observe(request_failed().at(2s));
  fixture.observe(observed("status.reported", {{"cost.total_usd_micros", 5}}).at(3s));
  CHECK(word_of(fixture) == "retrying");
}

TEST_CASE("STATE-T12: a level idle after a failed request means that the turn failed") {
  FoldFixture fixture;
  const bool reports = GENERATE(false, true);
  if (reports) {
    fixture.observe(prompt("p0").at(100ms));
    fixture.observe(observed("turn.finished", {{"outcome", std::string("interrupted")}}).at(200ms));
  }
  fixture.observe(prompt("p1").at(1s));
  fixture.observe(level("busy").at(1s + 10ms));
  fixture.observe(request_failed().at(2s));
  fixture.observe(level("idle").at(5s));
  REQUIRE(fixture.status() == StatusKind::kError);
  CHECK(fixture.state.domain.status.error_kind() == "overloaded");
  CHECK(fixture.state.domain.certain == reports);
  REQUIRE(fixture.state.domain.attention);
  CHECK(fixture.state.domain.attention->reason == "error");
  fixture.observe(prompt("p2").at(9s));
  CHECK(fixture.status() == StatusKind::kThinking);
  CHECK(word_of(fixture).empty());
}

TEST_CASE("STATE-T12: a failed request makes silence doubtful, after the announced attempt") {
  FoldFixture fixture;
  fixture.agent.interrupt = Capability::kExact;
  fixture.observe(prompt("p1").at(1s));
  ObservationSpec failed = request_failed().at(2s);
  SECTION("without an announcement") {
    fixture.observe(failed);
    fixture.pass(3999ms);
    CHECK(fixture.state.domain.certain);
    fixture.pass(1ms);
    CHECK_FALSE(fixture.state.domain.certain);
  }
  SECTION("with one in a minute") {
    failed.attrs.emplace_back("next_at_ns", std::int64_t{kBegin + 62'000'000'000});
    fixture.observe(failed);
    fixture.pass(63999ms);
    CHECK(fixture.state.domain.certain);
    fixture.pass(1ms);
    CHECK_FALSE(fixture.state.domain.certain);
  }
  SECTION("with one in a year") {
    failed.attrs.emplace_back("next_at_ns", std::int64_t{kBegin + 31'536'000'000'000'000});
    fixture.observe(failed);
    fixture.pass(605s);
    CHECK_FALSE(fixture.state.domain.certain);
  }
}

TEST_CASE("STATE-T12: a failed request opens no turn that is over") {
  FoldFixture fixture;
  fixture.observe(prompt("p1").at(1s));
  fixture.observe(finished().at(2s));
  fixture.observe(request_failed().at(3s));
  CHECK(fixture.status() == StatusKind::kIdle);
  CHECK(fixture.state.domain.finished);
  CHECK(word_of(fixture).empty());
}

TEST_CASE("STATE-D5: an aborted turn shows its reason until the next turn and is not finished") {
  FoldFixture fixture;
  fixture.observe(prompt("p1").at(1s));
  fixture.observe(aborted("budget").at(2s));
  CHECK(fixture.status() == StatusKind::kIdle);
  CHECK_FALSE(fixture.state.domain.finished);
  REQUIRE(word_of(fixture) == "aborted");
  CHECK(*fixture.state.domain.detail->args.get<std::string>("reason") == "budget");
  CHECK_FALSE(fixture.state.fold_state.reports_interruptions);
  fixture.observe(prompt("p2").at(3s));
  CHECK(word_of(fixture).empty());
  fixture.observe(finished().at(4s));
  CHECK(word_of(fixture).empty());
  CHECK(fixture.state.domain.finished);
}

TEST_CASE("STATE-D5: the reason interrupted means an interruption") {
  FoldFixture fixture;
  fixture.observe(prompt("p1").at(1s));
  fixture.observe(aborted("interrupted").at(2s));
  CHECK(fixture.state.fold_state.reports_interruptions);
}

TEST_CASE("STATE-D3: the detail of a wait is the kind of its permission") {
  FoldFixture fixture;
  fixture.observe(prompt("p1").at(1s));
  ObservationSpec asked = permission().at(2s);
  asked.attrs.emplace_back("permission.kind", std::string("network"));
  fixture.observe(asked);
  CHECK(fixture.status() == StatusKind::kWaitingForPermission);
  CHECK(word_of(fixture) == "network");
  fixture.observe(observed("input.resolved", {{"outcome", std::string("allowed")}}).at(3s));
  CHECK(word_of(fixture).empty());
}

TEST_CASE("STATE-T13: a correction replaces the result of its tool use and is no activity") {
  FoldFixture fixture;
  const auto amended = [] {
    return observed("tool.amended",
                    {{"tool_use_id", std::string("t1")}, {"is_error", true}, {"exit_code", 3}});
  };
  const auto result = [&fixture]() -> const ToolUsageRecord& {
    return fixture.state.runtime.recent_tools[0];
  };
  fixture.observe(prompt("p1").at(1s));
  fixture.observe(tool_started("t1").at(2s));
  SECTION("after the result") {
    fixture.observe(tool_finished("t1").at(3s));
    CHECK(result().is_error == false);
    fixture.observe(finished().at(4s));
    fixture.observe(amended().at(5s));
    CHECK(fixture.status() == StatusKind::kIdle);
    CHECK(fixture.state.domain.finished);
  }
  SECTION("before the result") {
    fixture.observe(amended().at(3s));
    CHECK(fixture.status() == StatusKind::kRunningTool);
    fixture.observe(tool_finished("t1").at(4s));
    CHECK(fixture.status() == StatusKind::kThinking);
  }
  CHECK(result().is_error == true);
  CHECK(result().exit_code == 3);
}

TEST_CASE("STATE-T13: a correction of an unknown tool use changes nothing") {
  FoldFixture fixture;
  fixture.observe(prompt("p1").at(1s));
  fixture.observe(observed("tool.amended", {{"tool_use_id", std::string("t9")}, {"is_error", true}}).at(2s));
  CHECK(fixture.status() == StatusKind::kThinking);
  CHECK(fixture.state.runtime.recent_tools.size() == 0);
}

TEST_CASE("STATE-B8: a log names a running subagent at any time, and starts none") {
  FoldFixture fixture;
  const auto in_log = [](const char* id, const char* parent) {
    return observed("subagent.started", {{"subagent.id", std::string(id)},
                                         {"subagent.name", std::string("Darwin")},
                                         {"subagent.parent", std::string(parent)},
                                         {"recorded", true}})
        .at(2s);
  };
  const auto& subagents = fixture.state.domain.subagents;
  fixture.observe(prompt("p1").at(1s));
  fixture.observe(observed("subagent.started", {{"subagent.id", std::string("a")}}).at(2s));
  fixture.observe(tool_started("t1").at(5s));
  fixture.observe(in_log("a", "s1"));
  fixture.observe(in_log("b", "a"));
  REQUIRE(subagents.size() == 1);
  CHECK(subagents[0].name == "Darwin");
  CHECK(subagents[0].parent.empty());
  CHECK(fixture.status() == StatusKind::kRunningTool);
  fixture.observe(observed("subagent.started", {{"subagent.id", std::string("b")}}).at(6s));
  fixture.observe(in_log("b", "a"));
  REQUIRE(subagents.size() == 2);
  CHECK(subagents[1].parent == "a");
  fixture.observe(observed("subagent.finished", {{"subagent.id", std::string("b")}}).at(7s));
  fixture.observe(in_log("b", "a"));
  CHECK(subagents.size() == 1);
}

TEST_CASE("STATE-B8: a log states that the session is a fork, also after its first edge") {
  FoldFixture fixture;
  fixture.observe(prompt("p1").at(5s));
  fixture.observe(observed("session.started", {{"source", std::string("fork")},
                                               {"forked_from", std::string("s0")},
                                               {"cwd", std::string("/old")},
                                               {"recorded", true}})
                      .at(1s));
  REQUIRE(fixture.state.domain.forked_from.has_value());
  CHECK(fixture.state.domain.forked_from->view() == "s0");
  CHECK_FALSE(fixture.state.domain.working_directory.has_value());
  CHECK(fixture.status() == StatusKind::kThinking);
}

TEST_CASE("STATE-B6: tools within a nested agent do not change the main thread's tool") {
  FoldFixture fixture;
  const auto tool = [](const char* type, const char* name) {
    return observed(type, {{"tool", std::string(name)}});
  };
  fixture.observe(prompt("p1").at(1s));
  ObservationSpec outer = tool("tool.started", "invoke_agent").at(2s);
  outer.attrs.emplace_back("nests", true);
  outer.attrs.emplace_back("subagent.type", std::string("generalist"));
  fixture.observe(outer);
  REQUIRE(fixture.state.domain.subagents.size() == 1);
  CHECK(fixture.state.domain.subagents[0].id == "invoke_agent");
  CHECK(fixture.state.domain.subagents[0].type == "generalist");
  fixture.observe(tool("tool.started", "shell").at(3s));
  CHECK(fixture.tool() == "invoke_agent");
  SECTION("its question is a wait of the session") {
    fixture.observe(observed("input.needed", {{"reason", std::string("permission")}}).at(4s));
    CHECK(fixture.status() == StatusKind::kWaitingForPermission);
    fixture.observe(tool("tool.finished", "shell").at(5s));
    CHECK(fixture.tool() == "invoke_agent");
    fixture.observe(tool("tool.finished", "invoke_agent").at(6s));
    CHECK(fixture.status() == StatusKind::kThinking);
  }
  SECTION("its end removes what it left open") {
    fixture.observe(observed("input.needed", {{"reason", std::string("permission")}}).at(4s));
    fixture.observe(tool("tool.finished", "invoke_agent").at(5s));
    CHECK(fixture.status() == StatusKind::kThinking);
    CHECK(fixture.state.fold_state.tools.empty());
  }
  SECTION("so does the end of the turn") {
    fixture.observe(finished().at(5s));
    CHECK(fixture.status() == StatusKind::kIdle);
    CHECK(fixture.state.fold_state.tools.empty());
  }
  CHECK((fixture.state.domain.subagents.empty()));
}
