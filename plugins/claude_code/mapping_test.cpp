// SPDX-License-Identifier: MIT
// What a flow file cannot say well: input too large or too broken for a line of text, configuration, and
// laws.
#include <rapidcheck.h>

#include <atm/json.hpp>
#include <atm/plugin/entry.hpp>
#include <atm/testing.hpp>
#include <string>

#include "event_type.hpp"
#include "hook.hpp"
#include "support/catch.hpp"

extern "C" const atm_plugin atm_plugin_v1;

namespace {

using atm::Status;
using atm::testing::OwnedObservation;
using atm::testing::OwnedRecord;
using atm::testing::ParseResult;
using atm::testing::PluginInstance;

constexpr const char* kHook = "claude_code/hook";
constexpr const char* kStatusLine = "claude_code/status_line";

ParseResult parse(const OwnedRecord& record, std::string_view config = "{}") {
  const atm::testing::FakeHost host;
  return PluginInstance(atm_plugin_v1, host, config).parse(record);
}

std::string tool_call(const std::string& input) {
  return R"({"session_id":"s","hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":)" + input + "}";
}

bool same(const ParseResult& a, const ParseResult& b) {
  const auto equal = [](const OwnedObservation& x, const OwnedObservation& y) {
    return x.type == y.type && x.session == y.session && x.agent == y.agent && x.actor == y.actor &&
           x.origin == y.origin && x.time_ns == y.time_ns && x.attrs == y.attrs;
  };
  return a.status == b.status && a.error == b.error &&
         std::equal(a.observations.begin(), a.observations.end(), b.observations.begin(),
                    b.observations.end(), equal);
}

}  // namespace

TEST_CASE("text that is not UTF-8 is refused") {
  const ParseResult result = parse({kHook, "{\"session_id\":\"\xff\"}", {}, 0});
  CHECK(result.status == Status::kInvalid);
  CHECK(result.error ==
        "claude_code/hook: found not valid UTF-8, wanted one JSON object; send what the client wrote to "
        "standard "
        "input, unchanged");
  CHECK(result.observations.empty());
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
  CHECK(same(large, small));
}

TEST_CASE("a prompt of megabytes leaves only its length") {
  const ParseResult result = parse({kHook,
                                    R"({"session_id":"s","hook_event_name":"UserPromptSubmit","prompt":")" +
                                        std::string(2'000'000, 'x') + "\"}",
                                    {},
                                    0});
  REQUIRE(result.observations.size() == 1);
  CHECK(result.observations[0].attrs == atm::testing::OwnedAttrs{{"chars", std::int64_t{2'000'000}}});
}

TEST_CASE("a process is bound only when its start time is known, and before anything else") {
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

TEST_CASE("the version is read from AI_AGENT, and only when it is one") {
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

TEST_CASE("a tool's input stays inside unless the configuration lets its first line out") {
  const std::string payload = tool_call(R"({"command":"make all","content":"secret"})");
  CHECK(parse({kHook, payload, {}, 0}).observations.at(0).attrs.count("detail") == 0);
  const ParseResult shown = parse({kHook, payload, {}, 0}, R"({"include_tool_detail":true})");
  CHECK(shown.observations.at(0).attrs.at("detail") == atm::testing::OwnedValue("make all"));
}

TEST_CASE("the detail of a tool is cut to 200 bytes between two characters") {
  std::string path;
  for (int i = 0; i < 100; ++i) path += "é€";  // 5 bytes: the 200th byte ends one, the 201st would cut none
  const ParseResult result = parse({kHook, tool_call("{\"file_path\":\"x" + path + "\"}"), {}, 0},
                                   R"({"include_tool_detail":true})");
  const auto detail = std::get<std::string>(result.observations.at(0).attrs.at("detail"));
  CHECK(detail.size() == 198);
  CHECK(atm::utf8_valid(detail));
}

TEST_CASE("a configuration that is no object is refused with a reason") {
  const atm::testing::FakeHost host;
  CHECK_THROWS_WITH(PluginInstance(atm_plugin_v1, host, "[]"),
                    "claude_code: configuration is an array, wanted an object");
}

TEST_CASE("a channel of somebody else is skipped") {
  CHECK(parse({"codex/notify", "{}", {}, 0}).status == Status::kSkip);
}

TEST_CASE("a sink that is full ends the record with its own answer") {
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

TEST_CASE("every pass-through type is a well-formed name") {
  CHECK(rc::check([](const std::string& name) {
    const claude_code::PassThroughType type(name);
    const std::string_view text = type.text();
    RC_ASSERT(text.starts_with("claude_code."));
    RC_ASSERT(text.size() > std::string_view("claude_code.").size());
    RC_ASSERT(text.size() <= 76U);
    RC_ASSERT(text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_.") == std::string_view::npos);
  }));
}

namespace {

/// A random document whose members are mostly those the client uses, with values of any kind.
rc::Gen<std::string> any_payload() {
  static const std::vector<std::string> kNames = {"session_id",     "hook_event_name",
                                                  "agent_id",       "agent_type",
                                                  "prompt",         "prompt_id",
                                                  "tool_name",      "tool_input",
                                                  "tool_response",  "duration_ms",
                                                  "is_interrupt",   "background_tasks",
                                                  "model",          "cost",
                                                  "context_window", "current_usage",
                                                  "total_cost_usd", "used_percentage",
                                                  "rate_limits",    "five_hour",
                                                  "source",         "id",
                                                  "level",          "effort"};
  static const std::vector<std::string> kTexts = {
      "",     "s",       "Stop", "SubagentStop", "PermissionRequest", "UserPromptSubmit", "SessionStart",
      "Bash", "teammate"};
  static const std::vector<std::string> kScalars = {
      "null", "true",  "false",      "0", "-1", "1.5", "12", "1e18", "9223372036854775808",
      "-0.0", "\"x\"", "\"\\u0000\""};
  return rc::gen::exec([] {
    std::string out;
    const auto text = [&] { out += '"' + *rc::gen::elementOf(kTexts) + '"'; };
    const auto value = [&](auto&& self, int depth) -> void {
      const int kind = *rc::gen::inRange(0, depth == 0 ? 2 : 4);
      if (kind == 0) out += *rc::gen::elementOf(kScalars);
      if (kind == 1) text();
      if (kind < 2) return;
      const int members = *rc::gen::inRange(0, 6);
      out += kind == 2 ? '{' : '[';
      for (int i = 0; i < members; ++i) {
        if (i > 0) out += ',';
        if (kind == 2) out += '"' + *rc::gen::elementOf(kNames) + "\":";
        self(self, depth - 1);
      }
      out += kind == 2 ? '}' : ']';
    };
    out = R"({"session_id":"s","hook_event_name":)";
    text();
    for (const std::string& name : kNames) {
      if (!*rc::gen::arbitrary<bool>()) continue;
      out += ",\"" + name + "\":";
      value(value, 3);
    }
    return out + '}';
  });
}

}  // namespace

TEST_CASE(
    "whatever its fields hold, a payload with session and event gives one observation, always the same") {
  const atm::testing::FakeHost host;
  const PluginInstance first(atm_plugin_v1, host);
  const PluginInstance second(atm_plugin_v1, host);
  CHECK(rc::check([&] {
    const std::string payload = *any_payload();
    for (const char* channel : {kHook, kStatusLine}) {
      const OwnedRecord record{channel, payload, {{"event", "Setup"}}, 5};
      const ParseResult once = first.parse(record);
      RC_ASSERT(once.status == Status::kOk);
      RC_ASSERT(once.observations.size() == 1U);
      RC_ASSERT(same(once, first.parse(record)));
      RC_ASSERT(same(once, second.parse(record)));
    }
  }));
}

TEST_CASE("no bytes crash the parser, and what it refuses it gives a reason for") {
  const atm::testing::FakeHost host;
  const PluginInstance plugin(atm_plugin_v1, host);
  CHECK(rc::check([&](const std::string& bytes) {
    for (const char* channel : {kHook, kStatusLine}) {
      const ParseResult result = plugin.parse({channel, bytes, {}, 0});
      RC_ASSERT(result.status == Status::kInvalid);
      RC_ASSERT(!result.error.empty());
      RC_ASSERT(result.observations.empty());
    }
  }));
}
