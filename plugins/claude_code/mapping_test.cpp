// SPDX-License-Identifier: MIT
// Cases that a flow file cannot express: large or invalid input, processes, configuration.
#include <atm/plugin/entry.hpp>
#include <atm/testing.hpp>
#include <string>

#include "channels_test_support.hpp"
#include "session_file.hpp"
#include "support/catch.hpp"

extern "C" const atm_plugin atm_plugin_v1;

namespace {

using atm::Status;
using atm::testing::OwnedObservation;
using atm::testing::OwnedRecord;
using atm::testing::ParseResult;
using atm::testing::PluginInstance;
using namespace claude_code::test;

ParseResult parse(const OwnedRecord& record, std::string_view config = "{}") {
  const atm::testing::FakeHost host;
  return PluginInstance(atm_plugin_v1, host, config).parse(record);
}

std::string event(const std::string& name, const std::string& more = {}) {
  return R"({"session_id":"s","hook_event_name":")" + name + '"' + more + '}';
}

OwnedObservation only(const OwnedRecord& record) {
  const ParseResult result = parse(record);
  REQUIRE(result.observations.size() == 1);
  return result.observations[0];
}

std::string tool_call(const std::string& input) {
  return R"({"session_id":"s","hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":)" + input + "}";
}

}  // namespace

TEST_CASE("text that is not UTF-8 is refused") {
  const ParseResult result = parse({kHook, "{\"session_id\":\"\xff\"}", {}, 0});
  CHECK(result.status == Status::kInvalid);
  CHECK(result.error ==
        "claude_code/hook: found not valid UTF-8, expected one JSON object; send the standard "
        "input of the command, unchanged");
  CHECK(result.observations.empty());
}

TEST_CASE("WIRE-B1: a NUL does not end the document of a payload") {
  using namespace std::string_literals;
  // atm-hook sends these as text, because they are not one document.
  for (const std::string& behind : {"\0"s, "\0{}"s, "\n\0garbage"s}) {
    const ParseResult result = parse({kHook, event("Stop") + behind, {}, 0});
    CHECK(result.status == Status::kInvalid);
    CHECK(result.observations.empty());
  }
}

TEST_CASE("a document nested 10,000 deep is refused") {
  std::string deep = R"({"session_id":"s","hook_event_name":"Stop","x":)";
  deep += std::string(10'000, '[') + std::string(10'000, ']') + '}';
  const ParseResult result = parse({kHook, deep, {}, 0});
  CHECK(result.status == Status::kInvalid);
  CHECK(result.error.find("nested deeper than 64 levels") != std::string::npos);
}

TEST_CASE("a payload of megabytes gives the same observation as a small one") {
  const std::string megabytes(3'000'000, 'x');
  const ParseResult large = parse({kHook, tool_call("{\"content\":\"" + megabytes + "\"}"), {}, 0});
  const ParseResult small = parse({kHook, tool_call("{}"), {}, 0});
  REQUIRE(large.observations.size() == 1);
  REQUIRE(small.observations.size() == 1);
  CHECK(large.observations[0].type == small.observations[0].type);
  CHECK(large.observations[0].attrs == small.observations[0].attrs);
}

TEST_CASE("OBS-O9: a prompt of megabytes leaves only its length") {
  const ParseResult result = parse({kHook,
                                    R"({"session_id":"s","hook_event_name":"UserPromptSubmit","prompt":")" +
                                        std::string(2'000'000, 'x') + "\"}",
                                    {},
                                    0});
  REQUIRE(result.observations.size() == 1);
  CHECK(result.observations[0].attrs == atm::testing::OwnedAttrs{{"chars", std::int64_t{2'000'000}}});
}

TEST_CASE("OBS-T5: a process is bound only with a known start time, and before other observations") {
  const std::string payload = R"({"session_id":"s","hook_event_name":"Stop","agent_id":"a1"})";
  CHECK(parse({kHook, payload, {{"pid", std::int64_t{12}}}, 0}).observations.size() == 1);
  CHECK(parse({kHook, payload, {{"start_ticks", std::int64_t{12}}}, 0}).observations.size() == 1);
  CHECK(parse({kHook, payload, {{"pid", std::int64_t{0}}, {"start_ticks", std::int64_t{5}}}, 0})
            .observations.size() == 1);

  const ParseResult result = parse({kHook,
                                    payload,
                                    {{"pid", std::int64_t{12}},
                                     {"start_ticks", std::int64_t{99}},
                                     {"tty", "/dev/pts/3"},
                                     {"tmux.pane", "%4"},
                                     {"tmux.socket", "/tmp/tmux-1/default"},
                                     {"host", "box"},
                                     {"env.HOME", "/home/dev"}},
                                    7});
  REQUIRE(result.observations.size() == 2);
  const OwnedObservation& bound = result.observations[0];
  CHECK(bound.type == "process.bound");
  CHECK(bound.actor.empty());
  CHECK(bound.time_ns == 7);
  CHECK(bound.attrs == atm::testing::OwnedAttrs{{"pid", std::int64_t{12}},
                                                {"start_ticks", std::int64_t{99}},
                                                {"tty", "/dev/pts/3"},
                                                {"tmux.pane", "%4"},
                                                {"tmux.socket", "/tmp/tmux-1/default"},
                                                {"host", "box"}});
  CHECK(result.observations[1].actor == "a1");
}

TEST_CASE("without a process only a tmux pane is reported") {
  const std::string payload = event("UserPromptSubmit");
  const ParseResult result =
      parse({kHook, payload, {{"tmux.pane", "%4"}, {"tmux.socket", "/tmp/tmux-1/default"}}, 0});
  REQUIRE(result.observations.size() == 2);
  CHECK(result.observations[0].type == "process.bound");
  CHECK(result.observations[0].attrs ==
        atm::testing::OwnedAttrs{{"tmux.pane", "%4"}, {"tmux.socket", "/tmp/tmux-1/default"}});
  CHECK(parse({kHook, payload, {{"tmux.pane", ""}}, 0}).observations.size() == 1);
  CHECK(parse({kHook, payload, {{"tty", "/dev/pts/3"}, {"host", "box"}}, 0}).observations.size() == 1);
}

namespace {

const atm::testing::OwnedAttrs kInProcess = {{"pid", std::int64_t{12}}, {"start_ticks", std::int64_t{99}}};

/// The attributes of an event's process observation; none without one.
atm::testing::OwnedAttrs binding_of(const std::string& payload) {
  for (const OwnedObservation& o : parse({kHook, payload, kInProcess, 0}).observations) {
    if (o.type == "process.bound") return o.attrs;
  }
  return {};
}

}  // namespace

TEST_CASE("at the start of a session or turn, the process has no other session") {
  for (const char* name : {"SessionStart", "UserPromptSubmit"}) {
    CHECK(binding_of(event(name)).count("sole") == 1);
  }
  for (const char* name : {"PreToolUse", "Stop", "Notification", "SubagentStop", "SomethingNew"}) {
    CHECK(binding_of(event(name)).size() == 2);
  }
  CHECK(binding_of(event("UserPromptSubmit", R"(,"agent_id":"a1")")).size() == 2);
}

TEST_CASE(
    "the end of a session names its process without a binding, because the process may have the next "
    "session") {
  const OwnedObservation end = only({kHook, event("SessionEnd", R"(,"reason":"clear")"), kInProcess, 0});
  CHECK(end.type == "session.ended");
  CHECK(end.attrs.at("pid") == atm::testing::OwnedValue(std::int64_t{12}));
  CHECK(end.attrs.at("start_ticks") == atm::testing::OwnedValue(std::int64_t{99}));
  CHECK(only({kHook, event("SessionEnd"), {{"pid", std::int64_t{12}}}, 0}).attrs.count("pid") == 0);
}

TEST_CASE("OBS-T7: an unknown event is marked, with the version of the agent") {
  const OwnedObservation o =
      only({kHook, event("SomethingNew"), {{"env.AI_AGENT", "claude-code_3-0-1_harness"}}, 0});
  CHECK(o.type == "claude_code.something_new");
  CHECK(o.attrs ==
        atm::testing::OwnedAttrs{{"event", "SomethingNew"}, {"unknown", true}, {"version", "3.0.1"}});
  CHECK(only({kHook, event("CwdChanged"), {}, 0}).attrs.count("unknown") == 0);
}

TEST_CASE("unattended sessions, attended sessions and sessions without this information differ") {
  const auto attended = [](const char* value) {
    const auto attrs =
        only({kHook, event("SessionStart"), {{"env.CLAUDE_CODE_SESSION_ATTENDED", value}}, 0}).attrs;
    const auto found = attrs.find("attended");
    return found == attrs.end() ? atm::testing::OwnedValue() : found->second;
  };
  CHECK(attended("0") == atm::testing::OwnedValue(false));
  CHECK(attended("1") == atm::testing::OwnedValue(true));
  CHECK(attended("") == atm::testing::OwnedValue());
}

TEST_CASE("an agent process inside a tool of another one names the other's process") {
  const auto start_in = [](const char* chain) {
    atm::testing::OwnedAttrs context = kInProcess;
    context["ppids"] = chain;
    return parse({kHook, event("SessionStart"), context, 0}).observations.at(1).attrs;
  };
  const auto nested =
      start_in(R"([{"pid":14,"start_ticks":101,"comm":"sh"},{"pid":12,"start_ticks":99,"comm":"claude"},)"
               R"({"pid":11,"start_ticks":90,"comm":"bash"},{"pid":10,"start_ticks":70,"comm":"claude"}])");
  CHECK(nested.at("parent.pid") == atm::testing::OwnedValue(std::int64_t{10}));
  CHECK(nested.at("parent.start_ticks") == atm::testing::OwnedValue(std::int64_t{70}));
  for (const char* chain :
       {R"([{"pid":12,"start_ticks":99,"comm":"claude"},{"pid":11,"comm":"tmux: server"}])",
        R"([{"pid":10,"start_ticks":70,"comm":"claude"}])", R"([{"pid":12},{"comm":"claude"}])",
        R"([1,null,{}])", "{}", "[", ""}) {
    CHECK(start_in(chain).count("parent.pid") == 0);
  }
}

TEST_CASE("a batch ends the tool uses that it lists, without an outcome, because one may have been refused") {
  const std::string calls =
      R"(,"tool_calls":[{"tool_name":"Bash","tool_use_id":"t1","tool_response":"secret"},)"
      R"({"tool_name":"Read","tool_use_id":"t2"},{"tool_name":"Edit"},7,{"tool_use_id":8}])";
  const ParseResult result = parse({kHook, event("PostToolBatch", calls), {}, 0});
  REQUIRE(result.observations.size() == 3);
  CHECK(result.observations[0].type == "claude_code.post_tool_batch");
  CHECK(result.observations[1].type == "tool.finished");
  CHECK(result.observations[1].attrs ==
        atm::testing::OwnedAttrs{{"batch", true}, {"tool", "Bash"}, {"tool_use_id", "t1"}});
  CHECK(result.observations[2].attrs ==
        atm::testing::OwnedAttrs{{"batch", true}, {"tool", "Read"}, {"tool_use_id", "t2"}});
}

TEST_CASE("a record with thousands of tools results in a bounded number of observations") {
  std::string calls;
  std::string blocks;
  for (int i = 0; i < 5'000; ++i) {
    calls += R"({"tool_use_id":"t"},)";
    blocks += R"({"type":"tool_use","id":"t"},)";
  }
  calls.back() = ' ';
  blocks.back() = ' ';
  CHECK(
      parse({kHook, event("PostToolBatch", ",\"tool_calls\":[" + calls + "]"), {}, 0}).observations.size() ==
      65);
  const std::string line =
      R"({"type":"assistant","timestamp":"2026-11-22T13:02:00Z","message":{"stop_reason":)"
      R"("end_turn","content":[)" +
      blocks + "]}}";
  const ParseResult result = parse({kTranscript, line, {{"session", "s"}}, 0});
  REQUIRE(result.observations.size() == 65);
  CHECK(result.observations.back().type == "turn.finished");
}

TEST_CASE("the transcript path of a directory is the agent's path, or empty if unknown") {
  const auto slug = [](std::string_view cwd) { return claude_code::transcript_path("/c", cwd, "s"); };
  CHECK(slug("/home/dev/my_app.v2") == "/c/projects/-home-dev-my-app-v2/s.jsonl");
  CHECK(slug("/é€") == "/c/projects/---/s.jsonl");
  CHECK(slug("/\xF0\x9F\x98\x80") == "/c/projects/---/s.jsonl");
  CHECK(slug("/" + std::string(199, 'x')) == "/c/projects/-" + std::string(199, 'x') + "/s.jsonl");
  CHECK(slug("/" + std::string(200, 'x')).empty());
  CHECK(slug("").empty());
  CHECK(claude_code::transcript_path("", "/x", "s").empty());
  CHECK(claude_code::transcript_path("/c", "/x", "../s").empty());
}

TEST_CASE("the version is read from a valid AI_AGENT only") {
  const auto version_of = [](const char* agent) {
    const ParseResult result =
        parse({kHook,
               R"({"session_id":"s","hook_event_name":"SessionStart","source":"startup"})",
               {{"env.AI_AGENT", agent}},
               0});
    const auto& attrs = result.observations.at(0).attrs;
    const auto found = attrs.find("version");
    return found == attrs.end() ? std::string("none") : std::get<std::string>(found->second);
  };
  CHECK(version_of("claude-code_2-1-330_harness") == "2.1.330");
  CHECK(version_of("claude-code_2-1-197") == "2.1.197");
  CHECK(version_of("claude-code_") == "none");
  CHECK(version_of("claude-code_beta_harness") == "none");
  CHECK(version_of("codex_1-2-3") == "none");
  CHECK(version_of("claude-code_11111111111111111111111111111111111111") == "none");
}

TEST_CASE("OBS-T2: a question is input.needed when it appears, and its late reminder is a notice") {
  const OwnedObservation asked = only({kHook, event("PermissionRequest", R"(,"tool_name":"Bash")"), {}, 0});
  CHECK(asked.type == "input.needed");
  CHECK(asked.attrs.at("reason") == atm::testing::OwnedValue("permission"));
  const OwnedObservation reminder =
      only({kHook, event("Notification", R"(,"notification_type":"permission_prompt")"), {}, 0});
  CHECK(reminder.type == "notice");
  CHECK(reminder.attrs.at("about") == atm::testing::OwnedValue("permission"));
}

TEST_CASE("a tool's input is not emitted unless the configuration permits its first line") {
  const std::string payload = tool_call(R"({"command":"make all","content":"secret"})");
  CHECK(parse({kHook, payload, {}, 0}).observations.at(0).attrs.count("detail") == 0);
  const ParseResult shown = parse({kHook, payload, {}, 0}, R"({"include_tool_detail":true})");
  CHECK(shown.observations.at(0).attrs.at("detail") == atm::testing::OwnedValue("make all"));
}

TEST_CASE("the detail of a tool is cut to 200 bytes at a character boundary") {
  std::string path;
  for (int i = 0; i < 100; ++i) path += "é€";  // 5 bytes: byte 200 is the end of a character
  const ParseResult result = parse({kHook, tool_call("{\"file_path\":\"x" + path + "\"}"), {}, 0},
                                   R"({"include_tool_detail":true})");
  const auto detail = std::get<std::string>(result.observations.at(0).attrs.at("detail"));
  CHECK(detail.size() == 198);
  CHECK(atm::utf8_valid(detail));
}

TEST_CASE("a configuration that is not an object is refused with a reason") {
  const atm::testing::FakeHost host;
  CHECK_THROWS_WITH(PluginInstance(atm_plugin_v1, host, "[]"),
                    "claude_code: configuration is an array, expected an object");
}

TEST_CASE("a record of an unknown channel is skipped") {
  CHECK(parse({"codex/notify", "{}", {}, 0}).status == Status::kSkip);
}

TEST_CASE("a full sink ends the record with the sink's status") {
  const atm::testing::FakeHost host;
  const PluginInstance plugin(atm_plugin_v1, host);
  const auto& table = plugin.table<atm_parser>(ATM_IFACE_PARSER);
  const atm_attr context[] = {atm::attr("pid", std::int64_t{1}), atm::attr("start_ticks", std::int64_t{2})};
  const atm_record record{sizeof(atm_record),
                          0,
                          0,
                          atm::to_c(std::string_view(kStatusLine)),
                          atm::to_c(std::string_view(R"({"session_id":"s"})")),
                          context,
                          2};
  int calls = 0;
  const atm_observation_sink sink{sizeof(atm_observation_sink), 0, &calls,
                                  [](void* self, const atm_observation*) -> atm_status {
                                    ++*static_cast<int*>(self);
                                    return ATM_E_FULL;
                                  }};
  atm::ErrorBuffer error;
  CHECK(table.parse(plugin.get(), &record, &sink, error.c()) == ATM_E_FULL);
  CHECK(calls == 1);
}
