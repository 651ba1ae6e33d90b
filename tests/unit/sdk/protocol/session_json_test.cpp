// SPDX-License-Identifier: MIT
#include <rapidcheck.h>

#include <atm/protocol/observation_json.hpp>
#include <atm/protocol/session_reader.hpp>
#include <atm/protocol/session_writer.hpp>
#include <limits>
#include <string>

#include "support/catch.hpp"

using namespace atm;
using namespace atm::protocol;

namespace {

std::string write(const SessionDomain& domain, const SessionRuntime& runtime = {}) {
  json::Buffer buffer;
  json::Writer writer(buffer);
  write_session(writer, domain, runtime);
  return std::string(json::text_of(buffer));
}

Session read(const std::string& text) {
  json::Reader reader;
  const json::Value* root = reader.parse(text);
  if (root == nullptr) FAIL(text << ": " << reader.error());
  auto session = read_session(*root);
  if (!session) FAIL(session.error().message);
  return std::move(*session);
}

SessionDomain sample() {
  const Timestamp start = *parse_rfc3339("2026-03-01T12:00:00Z");
  SessionDomain session = SessionDomain(SessionId("s1"), start);
  session.agent = "claude_code";
  session.model = {"claude-opus-5", "Opus 5"};
  session.status = SessionStatus::running_tool("Bash", start);
  session.status_cause = {"tool.started", "claude_code/hook", 7};
  session.certain = true;
  session.evidence.push_back({"claude_code/hook", "tool.started", start, Stance::kAgrees});
  session.cost = Money::from_usd(0.35);
  session.cost_source = "agent";
  session.context.context_window_size = 200'000;
  session.context.current_input_tokens = 7;
  session.context.cache_creation_tokens = 1'396;
  session.context.cache_read_tokens = 37'597;
  session.rev = 3;
  return session;
}

rc::Gen<std::optional<std::uint64_t>> count() {
  return rc::gen::map(
      rc::gen::maybe(rc::gen::arbitrary<std::uint64_t>()),
      [](const rc::Maybe<std::uint64_t>& m) { return m ? std::optional<std::uint64_t>(*m) : std::nullopt; });
}

Timestamp any_time() {
  return Timestamp(std::chrono::nanoseconds(*rc::gen::arbitrary<std::int64_t>()));
}

SessionStatus any_status() {
  return *rc::gen::element(
      SessionStatus::active(), SessionStatus::thinking(), SessionStatus::idle(),
      SessionStatus::running_tool("Read"), SessionStatus::running_tool("Bash", any_time()),
      SessionStatus::waiting_for_permission("Write"), SessionStatus::waiting_for_permission(),
      SessionStatus::waiting_for_input("question"), SessionStatus::compacting(), SessionStatus::background(3),
      SessionStatus::error("rate_limit"), SessionStatus::stale(), SessionStatus::ended());
}

}  // namespace

TEST_CASE("a session is typed data with one set of names", "[protocol]") {
  CHECK(
      write(sample()) ==
      R"({"id":"s1","agent":"claude_code","agent_type":"general_purpose",)"
      R"("model":{"id":"claude-opus-5","display_name":"Opus 5"},)"
      R"("status":{"status":"running_tool","tool_name":"Bash","started_at":"2026-03-01T12:00:00Z",)"
      R"("since":"2026-03-01T12:00:00Z","certain":true,"cause":{"type":"tool.started","origin":"claude_code/hook","seq":7}},)"
      R"("context":{"context_window_size":200000,"current_input_tokens":7,"cache_creation_tokens":1396,)"
      R"("cache_read_tokens":37597,"used_percentage":19.5,"source":"computed"},)"
      R"("cost":{"usd":0.35,"usd_micros":350000,"source":"agent"},"duration":{"total_ms":0,"api_ms":0},)"
      R"("lines_changed":{"added":0,"removed":0},"started_at":"2026-03-01T12:00:00Z",)"
      R"("last_activity":"2026-03-01T12:00:00Z","subagents":[],"finished":false,)"
      R"("evidence":[{"origin":"claude_code/hook","says":"tool.started","at":"2026-03-01T12:00:00Z","stance":"agrees"}],)"
      R"("process":{},"facts":{},"rev":3})");
}

TEST_CASE("the agent's own percentage differs from a computed one", "[protocol]") {
  SessionDomain session = sample();
  session.context.used_percentage = 21.5;
  CHECK(write(session).find(R"("used_percentage":21.5,"source":"agent")") != std::string::npos);
  CHECK(read(write(session)).domain.context.used_percentage == 21.5);
  CHECK_FALSE(read(write(sample())).domain.context.used_percentage.has_value());
}

TEST_CASE("an unknown value is absent, not zero", "[protocol]") {
  const std::string text = write(SessionDomain(SessionId("s"), Timestamp{}));
  for (const char* name :
       {"cost", "model", "working_directory", "agent_version", "attention", "parent", "pid",
        "used_percentage", "verified", "boot_id", "detail", "name", "mode", "forked_from"}) {
    CHECK(text.find('"' + std::string(name) + '"') == std::string::npos);
  }
}

TEST_CASE("a status has a detail with arguments, and is read back", "[protocol]") {
  SessionDomain session = sample();
  session.detail = StatusDetail{"stopped", {}};
  CHECK(write(session).find(R"("detail":{"word":"stopped"},"since")") != std::string::npos);
  CHECK(read(write(session)).domain.detail == session.detail);
  session.detail->args.set("attempt", std::int64_t{2});
  session.detail->args.set("next", std::string("soon"));
  CHECK(write(session).find(R"("detail":{"word":"stopped","args":{"attempt":2,"next":"soon"}})") !=
        std::string::npos);
  CHECK(read(write(session)).domain.detail == session.detail);
}

TEST_CASE("a detail without a name is none", "[protocol]") {
  CHECK_FALSE(read(R"({"id":"s","status":{"status":"idle","detail":{"args":{"n":1}}}})").domain.detail);
  CHECK_FALSE(read(R"({"id":"s","status":{"status":"idle","detail":"stopped"}})").domain.detail);
}

TEST_CASE("facts are nested by namespace", "[protocol]") {
  SessionDomain session = sample();
  session.facts.set("context.level", std::string("warning"));
  session.facts.set("cost.hourly_rate_usd", 1.5);
  session.facts.set("cost.priced", true);
  session.facts.set("cost.turns.left", std::int64_t{4});
  const std::string text = write(session);
  CHECK(text.find(R"("facts":{"context":{"level":"warning"},)"
                  R"("cost":{"hourly_rate_usd":1.5,"priced":true,"turns.left":4}})") != std::string::npos);
  CHECK(read(text).domain.facts == session.facts);
}

TEST_CASE("OBS-E5: private facts are not part of the object", "[protocol]") {
  SessionDomain session = sample();
  session.facts.set("_own.level", true);
  session.facts.set("agent._level", true);
  session.facts.set("context._level", true);
  session.facts.set("cost._seen", std::int64_t{2});
  session.facts.set("cost.turns._left", std::int64_t{4});
  session.facts.set("cost.turns_left", std::int64_t{4});
  CHECK(write(session).find(
            R"("facts":{"_own":{"level":true},"agent":{"_level":true},"cost":{"turns_left":4}},)") !=
        std::string::npos);
}

TEST_CASE("a fact that is not finite does not break the object", "[protocol]") {
  SessionDomain session = sample();
  session.facts.set("cost.rate", std::numeric_limits<double>::infinity());
  CHECK(read(write(session)).domain.facts.empty());
}

TEST_CASE("WIRE-V3: the known members of a newer daemon's session are read", "[protocol]") {
  const Session session =
      read(R"({"id":"s","status":{"status":"dreaming","since":"x"},"mood":{"a":[]},"rev":-1})");
  CHECK(session.domain.id.view() == "s");
  CHECK(session.domain.status == SessionStatus::active());
}

TEST_CASE("a session of a 1.0 daemon is uncertain, and its attention is announced", "[protocol]") {
  const Session session = read(
      R"({"id":"s","status":{"status":"idle"},"attention":{"reason":"idle","acknowledged":false},"process":{}})");
  CHECK_FALSE(session.domain.certain);
  CHECK(session.domain.evidence.empty());
  REQUIRE(session.domain.attention.has_value());
  CHECK(session.domain.attention->confirmed);
  CHECK_FALSE(session.runtime.verified);
}

TEST_CASE("an origin with an unknown stance is silent", "[protocol]") {
  const Session session = read(
      R"({"id":"s","evidence":[{"origin":"o","says":"x","at":"2026-03-01T12:00:00Z","stance":"shrugs"},{}]})");
  REQUIRE(session.domain.evidence.size() == 2);
  CHECK(session.domain.evidence[0].origin == "o");
  CHECK(session.domain.evidence[0].stance == Stance::kSilent);
  CHECK(session.domain.evidence[1].origin.empty());
}

TEST_CASE("a session without a usable id is refused", "[protocol]") {
  json::Reader reader;
  const std::string text = GENERATE("{}", R"({"id":""})", R"({"id":7})", "[]", "1");
  const auto session = read_session(*reader.parse(text));
  REQUIRE_FALSE(session);
  CHECK(session.error().code == ErrorCode::kParseError);
}

TEST_CASE("every session survives writing and reading", "[protocol]") {
  CHECK(rc::check([] {
    SessionDomain session = SessionDomain(SessionId("id \"\xC3\xA9\""), any_time());
    session.agent = "codex";
    session.agent_type = AgentType::parse(*rc::gen::element<std::string>("plan", "explore", "my own"));
    session.status = any_status();
    session.status_since = any_time();
    session.status_cause = {"turn.finished", *rc::gen::element<std::string>("", "unix"),
                            *rc::gen::arbitrary<std::uint64_t>()};
    session.context.total_input_tokens = *count();
    session.context.current_input_tokens = *count();
    session.context.cache_read_tokens = *count();
    session.context.cache_creation_tokens = *count();
    session.context.context_window_size = *count();
    session.cost = Money::from_microdollars(*rc::gen::arbitrary<std::int64_t>());
    session.cost_source = *rc::gen::element<std::string>("agent", "tokens");
    session.duration = {*rc::gen::arbitrary<std::uint64_t>(), *rc::gen::arbitrary<std::uint64_t>()};
    session.lines_changed = {*rc::gen::arbitrary<std::uint64_t>(), 0};
    session.last_activity = any_time();
    session.working_directory = "/home/\xF0\x9F\x98\x80/x";
    session.parent = SessionId("parent");
    session.forked_from = SessionId("origin");
    session.name = "add pagination";
    session.mode = {"plan", "workspace-write", *rc::gen::element<std::string>("", "high")};
    session.subagents.push_back({"a1", "Explore", any_time()});
    session.subagents.push_back({"a2", "", any_time(), "a1", "Darwin"});
    session.certain = *rc::gen::arbitrary<bool>();
    session.evidence.push_back({"claude_code/session_file", "state.reported:busy", any_time(),
                                *rc::gen::element(Stance::kSilent, Stance::kAgrees, Stance::kDisagrees)});
    session.evidence.push_back({"client", "", any_time(), Stance::kSilent});
    session.attention =
        Attention{"permission", any_time(), *rc::gen::arbitrary<bool>(), *rc::gen::arbitrary<bool>()};
    session.finished = *rc::gen::arbitrary<bool>();
    session.rev = *rc::gen::arbitrary<std::uint64_t>();
    SessionRuntime runtime;
    runtime.pid = 42;
    runtime.process_start_ticks = *count();
    runtime.tmux_pane = "%3";
    runtime.terminal_program = "screen";
    runtime.terminal_pane = "2";
    runtime.terminal_socket = "42.work";
    runtime.transcript_path.emplace("/home/dev/.claude/projects/-home-dev/one.jsonl");
    runtime.verified = *rc::gen::arbitrary<bool>();
    runtime.boot_id = "0b0b6d3f-6c1e-4a0e-a6a5-5f3c1d2e4f60";
    runtime.bound_by = "claude_code/hook";
    runtime.bound_at = session.started_at;
    const Session back = read(write(session, runtime));
    RC_ASSERT(back.domain == session);
    RC_ASSERT(back.runtime.pid == runtime.pid);
    RC_ASSERT(back.runtime.process_start_ticks == runtime.process_start_ticks);
    RC_ASSERT(back.runtime.tmux_pane == runtime.tmux_pane);
    RC_ASSERT(back.runtime.terminal_program == runtime.terminal_program);
    RC_ASSERT(back.runtime.terminal_pane == runtime.terminal_pane);
    RC_ASSERT(back.runtime.terminal_socket == runtime.terminal_socket);
    RC_ASSERT(back.runtime.transcript_path == runtime.transcript_path);
    RC_ASSERT(back.runtime.verified == runtime.verified);
    RC_ASSERT(back.runtime.boot_id == runtime.boot_id);
    RC_ASSERT(back.runtime.bound_by == runtime.bound_by);
    RC_ASSERT(back.runtime.bound_at == runtime.bound_at);
    RC_ASSERT(!back.runtime.tty.has_value());
  }));
}

TEST_CASE("an observation survives writing with dotted attributes and reading", "[protocol]") {
  const auto str = [](std::string_view text) { return atm_str{text.data(), text.size()}; };
  atm_attr attrs[3]{{str("tool"), {ATM_VALUE_STR, 0, {0}}},
                    {str("is_error"), {ATM_VALUE_BOOL, 0, {1}}},
                    {str("none"), {ATM_VALUE_NONE, 0, {0}}}};
  attrs[0].value.as.s = str("Bash");
  const atm_observation observation{sizeof(atm_observation),
                                    0,
                                    1'500'000'000,
                                    str("tool.finished"),
                                    str("s"),
                                    str("claude_code"),
                                    str(""),
                                    str("unix"),
                                    attrs,
                                    3};
  json::Buffer buffer;
  json::Writer writer(buffer);
  write_observation(writer, observation);
  CHECK(json::text_of(buffer) ==
        R"({"type":"tool.finished","session_id":"s","agent":"claude_code","origin":"unix",)"
        R"("time":"1970-01-01T00:00:01.500Z","attrs":{"tool":"Bash","is_error":true}})");
  json::Reader reader;
  const ObservationData data = read_observation(*reader.parse(json::text_of(buffer)));
  CHECK(data.type == "tool.finished");
  CHECK(data.time == Timestamp(std::chrono::milliseconds(1500)));
  CHECK(*data.attrs.get<bool>("is_error"));
  CHECK(data.attrs.size() == 2);
}
