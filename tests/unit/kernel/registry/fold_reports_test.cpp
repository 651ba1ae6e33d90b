// SPDX-License-Identifier: MIT
// What reports change in a session, and what they must not change; TRAP-S3. Processes and replacement.
#include <string_view>
#include <utility>

#include "fold_fixture.hpp"
#include "support/catch.hpp"

using namespace atm;
using namespace atm::kernel;
using namespace atm::kernel::test;

namespace {

ObservationSpec full_report() {
  return observed("status.reported", {{"model.id", std::string("claude-sonnet-4-6")},
                                      {"model.name", std::string("Sonnet 4.6")},
                                      {"version", std::string("2.1.330")},
                                      {"cwd", std::string("/home/u/p")},
                                      {"cost.total_usd_micros", 350'000},
                                      {"duration.total_ms", 90'000},
                                      {"duration.api_ms", 30'000},
                                      {"lines.added", 150},
                                      {"lines.removed", 30},
                                      {"context.window", 200'000},
                                      {"context.total_input_tokens", 5'141},
                                      {"context.total_output_tokens", 1'024},
                                      {"context.input_tokens", 7},
                                      {"context.output_tokens", 3},
                                      {"context.cache_creation_tokens", 1'396},
                                      {"context.cache_read_tokens", 37'532},
                                      {"context.used_percentage", 19.5},
                                      {"limits.five_hour.used_percentage", 12.5}});
}

}  // namespace

TEST_CASE("a full report fills the session") {
  FoldFixture fixture;
  fixture.observe(full_report());
  const SessionDomain& domain = fixture.state.domain;
  CHECK(domain.model == Model{"claude-sonnet-4-6", "Sonnet 4.6"});
  CHECK(domain.agent_version == "2.1.330");
  CHECK(domain.working_directory == "/home/u/p");
  CHECK(domain.cost.microdollars() == 350'000);
  CHECK(domain.cost_source == "agent");
  CHECK(domain.duration == SessionDuration{90'000, 30'000});
  CHECK(domain.lines_changed == LinesChanged{150, 30});
  CHECK(domain.context.context_tokens() == 38'935);
  CHECK(domain.context.context_window_size == 200'000);
  CHECK(domain.context.used_percentage == 19.5);
  REQUIRE(domain.facts.get<double>("agent.limits.five_hour.used_percentage") != nullptr);
  CHECK(*domain.facts.get<double>("agent.limits.five_hour.used_percentage") == 12.5);
}

TEST_CASE("OBS-O3: the registry ignores a value of another kind") {
  FoldFixture fixture;
  fixture.observe(full_report());
  fixture.observe(observed("status.reported", {{"model.id", 5},
                                               {"cwd", true},
                                               {"cost.total_usd_micros", std::string("9")},
                                               {"lines.added", 1.5},
                                               {"context.used_percentage", std::string("50")}}));
  const SessionDomain& domain = fixture.state.domain;
  CHECK(domain.model == Model{"claude-sonnet-4-6", "Sonnet 4.6"});
  CHECK(domain.working_directory == "/home/u/p");
  CHECK(domain.cost.microdollars() == 350'000);
  CHECK(domain.lines_changed == LinesChanged{150, 30});
  CHECK(domain.context.used_percentage == 19.5);
}

TEST_CASE("OBS-T4: the registry does not count usage") {
  FoldFixture fixture;
  fixture.observe(full_report());
  const SessionDomain before = fixture.state.domain;
  for (int i = 0; i < 2; ++i) {
    fixture.observe(observed("usage.reported", {{"usage.id", std::string("msg_1")},
                                                {"model.id", std::string("another")},
                                                {"usage.input", 1'000},
                                                {"usage.output", 1'000}}));
  }
  CHECK(fixture.state.domain.model == before.model);
  CHECK(fixture.state.domain.cost == before.cost);
  CHECK(fixture.state.domain.context == before.context);
}

TEST_CASE("an agent's modes are members of the session, under the names before vocabulary 1.3, too") {
  FoldFixture fixture;
  fixture.observe(observed("status.reported", {{"mode.permission", std::string("on-request")},
                                               {"mode.sandbox", std::string("workspace-write")},
                                               {"model.effort", std::string("medium")}}));
  CHECK(fixture.state.domain.mode == SessionMode{"on-request", "workspace-write", "medium"});
  CHECK(fixture.state.domain.facts.empty());
  fixture.observe(observed("status.reported", {{"effort", std::string("high")}}));
  CHECK(fixture.state.domain.mode.effort == "high");
  CHECK(*fixture.state.domain.facts.get<std::string>("agent.effort") == "high");
  ObservationSpec tool = tool_started("t1");
  tool.attrs.emplace_back("permission_mode", std::string("plan"));
  fixture.observe(tool);
  CHECK(fixture.state.domain.mode.permission == "plan");
}

TEST_CASE("a report changes the name of a session") {
  FoldFixture fixture;
  fixture.observe(observed("session.started", {{"session.name", std::string("one")},
                                               {"source", std::string("fork")},
                                               {"forked_from", std::string("s0")}}));
  CHECK(fixture.state.domain.name == "one");
  CHECK(fixture.state.domain.forked_from == SessionId("s0"));
  CHECK_FALSE(fixture.state.domain.parent);
  const ObservationSpec renamed = observed("status.reported", {{"session.name", std::string("two")}});
  CHECK_FALSE(is_redundant(fixture.state, renamed.copy()));
  fixture.observe(renamed);
  CHECK(fixture.state.domain.name == "two");
  CHECK(is_redundant(fixture.state, renamed.copy()));
}

TEST_CASE("a report that changes no member of the session is redundant") {
  FoldFixture fixture;
  fixture.observe(observed("session.started", {{"source", std::string("startup")}}));
  CHECK_FALSE(is_redundant(fixture.state, full_report().copy()));
  fixture.observe(full_report());
  CHECK(is_redundant(fixture.state, full_report().copy()));
  // The agent's duration grows while it is idle.
  ObservationSpec later = full_report();
  const auto replace = [&later](std::string_view key, const AttrValue& value) {
    for (auto& [name, attr_value] : later.attrs) {
      if (name == key) attr_value = value;
    }
  };
  replace("duration.total_ms", 100'000);
  CHECK(is_redundant(fixture.state, later.copy()));
}

TEST_CASE("a report that changes any member is not redundant") {
  FoldFixture fixture;
  fixture.observe(observed("session.started", {{"source", std::string("startup")}}));
  fixture.observe(full_report());
  const ObservationSpec known = full_report();
  for (std::size_t i = 0; i < known.attrs.size(); ++i) {
    ObservationSpec changed = known;
    auto& [key, attr_value] = changed.attrs[i];
    if (key == "duration.total_ms") continue;
    if (std::holds_alternative<std::string>(attr_value)) attr_value = std::string("another");
    if (std::holds_alternative<int>(attr_value)) attr_value = std::get<int>(attr_value) + 1;
    if (std::holds_alternative<double>(attr_value)) attr_value = std::get<double>(attr_value) + 1;
    INFO(key);
    CHECK_FALSE(is_redundant(fixture.state, changed.copy()));
  }
  ObservationSpec more = known;
  more.attrs.emplace_back("effort", std::string("high"));
  CHECK_FALSE(is_redundant(fixture.state, more.copy()));
  CHECK_FALSE(is_redundant(fixture.state, full_report().from("claude_code/other").copy()));
}

TEST_CASE("a report that refreshes a stale session or closes a wait is not redundant") {
  FoldFixture fixture;
  fixture.observe(observed("session.started", {{"source", std::string("startup")}}));
  fixture.observe(full_report());
  ObservationSpec open = full_report();
  open.attrs.emplace_back("unblocked", true);
  fixture.observe(observed("input.needed", {{"reason", std::string("question")}}));
  CHECK_FALSE(is_redundant(fixture.state, open.copy()));
  static_cast<void>(mark_stale(fixture.state, {"clean_up", moment(600s), {fixture.seq + 1, 0}}));
  CHECK_FALSE(is_redundant(fixture.state, full_report().copy()));
}

TEST_CASE("the agent's cost replaces an equal cost computed by an analyzer") {
  FoldFixture fixture;
  fixture.observe(observed("session.started", {{"source", std::string("startup")}}));
  fixture.observe(full_report());
  fixture.state.domain.cost_source = "cost";
  CHECK_FALSE(is_redundant(fixture.state, full_report().copy()));
}

TEST_CASE("WIRE-S6: a session stores the origin and the time of its binding") {
  FoldFixture fixture;
  fixture.observe(observed("session.started", {{"source", std::string("startup")}}));
  CHECK_FALSE(fixture.state.runtime.bound_by);
  fixture.observe(observed("process.bound", {{"pid", 7}, {"start_ticks", 70}}).from("unix").at(2s));
  fixture.observe(observed("process.bound", {{"pid", 7}, {"tty", std::string("/dev/pts/1")}}).at(3s));
  CHECK(fixture.state.runtime.bound_by == "unix");
  CHECK(fixture.state.runtime.bound_at == moment(2s));
  fixture.observe(observed("process.bound", {{"pid", 8}, {"start_ticks", 80}}).at(4s));
  CHECK(fixture.state.runtime.bound_by == "claude_code/hook");
  CHECK(fixture.state.runtime.bound_at == moment(4s));
}

TEST_CASE("a level also contains directory and start time of the agent") {
  FoldFixture fixture;
  fixture.observe(observed("state.reported", {{"state", std::string("busy")},
                                              {"cwd", std::string("/home/u/p")},
                                              {"version", std::string("2.1.330")},
                                              {"started_at_ns", 5'000'000'000}}));
  CHECK(fixture.state.domain.working_directory == "/home/u/p");
  CHECK(fixture.state.domain.agent_version == "2.1.330");
  CHECK(fixture.state.domain.started_at == Timestamp(5s));
}

TEST_CASE("TRAP-S3: a partial report resets neither cost nor context", "[TRAP-S3]") {
  FoldFixture fixture;
  fixture.observe(full_report());
  const SessionDomain before = fixture.state.domain;
  fixture.observe(observed("status.reported", {{"duration.total_ms", 91'000}}));
  fixture.observe(observed("status.reported"));
  const SessionDomain& after = fixture.state.domain;
  CHECK(after.cost == before.cost);
  CHECK(after.context == before.context);
  CHECK(after.facts == before.facts);
  CHECK(after.lines_changed == before.lines_changed);
  CHECK(after.duration == SessionDuration{91'000, 30'000});
}

TEST_CASE("TRAP-S3: a reported zero counts, a value of the wrong type is ignored", "[TRAP-S3]") {
  FoldFixture fixture;
  fixture.observe(full_report());
  fixture.observe(observed("status.reported", {{"context.cache_read_tokens", 0},
                                               {"context.window", std::string("1000000")},
                                               {"lines.added", -5},
                                               {"cost.total_usd_micros", 1.5},
                                               {"model.id", 7}}));
  const SessionDomain& domain = fixture.state.domain;
  CHECK(domain.context.cache_read_tokens == 0);
  CHECK(domain.context.context_window_size == 200'000);
  CHECK(domain.lines_changed.added == 150);
  CHECK(domain.cost.microdollars() == 350'000);
  CHECK(domain.model.id == "claude-sonnet-4-6");
}

TEST_CASE("OBS-S2: the context window comes from the newest report") {
  FoldFixture fixture;
  fixture.observe(full_report());
  fixture.observe(observed("status.reported", {{"context.window", 1'000'000}}));
  CHECK(fixture.state.domain.context.context_window_size == 1'000'000);
}

TEST_CASE("a new model does not keep the display name of the previous one") {
  FoldFixture fixture;
  fixture.observe(full_report());
  fixture.observe(observed("status.reported", {{"model.id", std::string("claude-haiku-4-5")}}));
  CHECK(fixture.state.domain.model == Model{"claude-haiku-4-5", ""});
}

TEST_CASE("OBS-S3: attributes outside the vocabulary are kept up to a limit") {
  FoldFixture fixture;
  for (int i = 0; i < 100; ++i) {
    ObservationSpec report = observed("status.reported");
    report.attrs.emplace_back("x.key" + std::to_string(i), std::string(1000, 'x'));
    fixture.observe(report);
  }
  CHECK(fixture.state.domain.facts.size() == 32);
  CHECK(fixture.state.domain.facts.get<std::string>("agent.x.key0")->size() == 256);
  fixture.observe(observed("status.reported", {{"x.key0", 5}}));
  CHECK(*fixture.state.domain.facts.get<std::int64_t>("agent.x.key0") == 5);
}

TEST_CASE("OBS-O2: a subagent's report does not change the session") {
  FoldFixture fixture;
  fixture.observe(full_report());
  fixture.observe(observed("status.reported", {{"model.id", std::string("other")}}).by("a1"));
  CHECK(fixture.state.domain.model.id == "claude-sonnet-4-6");
}

TEST_CASE("a binding sets the session's process, and another process clears the old terminal") {
  FoldFixture fixture;
  fixture.observe(observed("process.bound", {{"pid", 100},
                                             {"start_ticks", 5000},
                                             {"tty", std::string("/dev/pts/3")},
                                             {"tmux.pane", std::string("%3")},
                                             {"tmux.socket", std::string("/tmp/tmux-0/default")}}));
  const SessionRuntime& where = fixture.state.runtime;
  CHECK(where.pid == 100);
  CHECK(where.tmux_pane == "%3");
  fixture.observe(observed("process.bound", {{"pid", 100}, {"start_ticks", 5000}}));
  CHECK(where.tmux_pane == "%3");
  fixture.observe(
      observed("process.bound", {{"pid", 100}, {"start_ticks", 9000}, {"tty", std::string("/dev/pts/9")}}));
  CHECK(where.process_start_ticks == 9000);
  CHECK(where.tty == "/dev/pts/9");
  CHECK_FALSE(where.tmux_pane.has_value());
}

TEST_CASE("the terminal program of a process is kept until the session moves to another process") {
  FoldFixture fixture;
  const auto bound = [](std::int64_t ticks) {
    return observed("process.bound", {{"pid", 100}, {"start_ticks", ticks}});
  };
  fixture.observe(bound(5000));
  ObservationSpec terminal = bound(5000);
  terminal.attrs.emplace_back("terminal.program", std::string("screen"));
  terminal.attrs.emplace_back("terminal.pane", std::string("2"));
  terminal.attrs.emplace_back("terminal.socket", std::string("42.work"));
  fixture.observe(terminal);
  fixture.observe(bound(5000));
  const SessionRuntime& where = fixture.state.runtime;
  CHECK(where.terminal_program == "screen");
  CHECK(where.terminal_pane == "2");
  CHECK(where.terminal_socket == "42.work");
  fixture.observe(bound(9000));
  CHECK_FALSE(where.terminal_program.has_value());
  CHECK_FALSE(where.terminal_pane.has_value());
  CHECK_FALSE(where.terminal_socket.has_value());
}

TEST_CASE("only the exit of the session's own process ends it") {
  FoldFixture fixture;
  fixture.observe(observed("process.bound", {{"pid", 100}, {"start_ticks", 5000}}));
  fixture.observe(observed("process.exited", {{"pid", 101}, {"start_ticks", 5000}}));
  fixture.observe(observed("process.exited", {{"pid", 100}, {"start_ticks", 4000}}));
  CHECK(fixture.status() == StatusKind::kIdle);
  CHECK(fixture.observe(observed("process.exited", {{"pid", 100}, {"start_ticks", 5000}})).ended);
  CHECK(fixture.status() == StatusKind::kEnded);
  CHECK(fixture.state.fold_state.end_reason == "process_exited");
}

TEST_CASE("a status line creates a session; a notice, exit, end, usage or weak observation does not") {
  CHECK(creates_session(observed("status.reported").copy()));
  CHECK(creates_session(observed("process.bound").copy()));
  CHECK(creates_session(observed("tool.started").copy()));
  CHECK_FALSE(creates_session(observed("session.started", {{"weak", true}}).copy()));
  for (const char* type :
       {"notice", "process.exited", "session.ended", "usage.reported", "claude_code.setup"}) {
    CAPTURE(type);
    CHECK_FALSE(creates_session(observed(type).copy()));
  }
}

TEST_CASE("facts of the agent are found by their key, in whatever order a report has them") {
  FoldFixture first;
  FoldFixture second;
  const auto fact = [](const FoldFixture& of, const char* key) {
    return *of.state.domain.facts.get<std::int64_t>(key);
  };
  for (int i = 0; i < 3; ++i) {
    first.observe(observed("status.reported", {{"b.one", i}, {"c.two", 10 + i}}));
    second.observe(observed("status.reported", {{"d.three", 39 + i}, {"c.two", 30 + i}, {"b.one", 40 + i}}));
    CHECK(fact(first, "agent.b.one") == i);
    CHECK(fact(first, "agent.c.two") == 10 + i);
    CHECK(fact(second, "agent.d.three") == 39 + i);  // the last value of b.one
    CHECK(fact(second, "agent.c.two") == 30 + i);
    CHECK(fact(second, "agent.b.one") == 40 + i);
  }
  CHECK(first.state.domain.facts.size() == 2);
  CHECK(second.state.domain.facts.size() == 3);
}
