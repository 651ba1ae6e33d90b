// SPDX-License-Identifier: MIT
// Laws that hold for every record.
#include <rapidcheck.h>

#include <algorithm>
#include <atm/plugin/entry.hpp>
#include <atm/testing.hpp>
#include <string>
#include <vector>

#include "channels_test_support.hpp"
#include "event_type.hpp"
#include "support/catch.hpp"

extern "C" const atm_plugin atm_plugin_v1;

namespace {

using atm::Status;
using atm::testing::OwnedObservation;
using atm::testing::OwnedRecord;
using atm::testing::ParseResult;
using atm::testing::PluginInstance;
using namespace claude_code::test;

constexpr const char* kChannels[] = {kHook, kStatusLine, kSessionFile, kTranscript};

bool same(const ParseResult& a, const ParseResult& b) {
  const auto equal = [](const OwnedObservation& x, const OwnedObservation& y) {
    return x.type == y.type && x.session == y.session && x.agent == y.agent && x.actor == y.actor &&
           x.origin == y.origin && x.time_ns == y.time_ns && x.attrs == y.attrs;
  };
  return a.status == b.status && a.error == b.error &&
         std::equal(a.observations.begin(), a.observations.end(), b.observations.begin(),
                    b.observations.end(), equal);
}

/// A random document with mostly real members and values of any kind. `id` is the member with the session id.
rc::Gen<std::string> any_payload(const std::string& id = "session_id") {
  static const std::vector<std::string> kNames = {"session_id",
                                                  "hook_event_name",
                                                  "agent_id",
                                                  "agent_type",
                                                  "prompt",
                                                  "prompt_id",
                                                  "tool_name",
                                                  "tool_input",
                                                  "tool_response",
                                                  "duration_ms",
                                                  "is_interrupt",
                                                  "background_tasks",
                                                  "model",
                                                  "cost",
                                                  "context_window",
                                                  "current_usage",
                                                  "total_cost_usd",
                                                  "used_percentage",
                                                  "rate_limits",
                                                  "five_hour",
                                                  "source",
                                                  "id",
                                                  "level",
                                                  "effort",
                                                  "pid",
                                                  "procStart",
                                                  "status",
                                                  "waitingFor",
                                                  "statusUpdatedAt",
                                                  "startedAt",
                                                  "cwd",
                                                  "tmux",
                                                  "name",
                                                  "type",
                                                  "subtype",
                                                  "content",
                                                  "isMeta",
                                                  "isSidechain",
                                                  "agentId",
                                                  "isApiErrorMessage",
                                                  "error",
                                                  "toolUseResult",
                                                  "tool_calls",
                                                  "tool_use_id",
                                                  "compactMetadata"};
  static const std::vector<std::string> kTexts = {"",
                                                  "s",
                                                  "Stop",
                                                  "SubagentStop",
                                                  "PermissionRequest",
                                                  "UserPromptSubmit",
                                                  "SessionStart",
                                                  "Bash",
                                                  "teammate",
                                                  "busy",
                                                  "waiting",
                                                  "permission prompt",
                                                  "0:@0.%1",
                                                  "tool_use",
                                                  "tool_result",
                                                  "text",
                                                  "compact_boundary",
                                                  "[Request interrupted by user]"};
  static const std::vector<std::string> kScalars = {
      "null", "true",  "false",      "0", "-1", "1.5", "12", "1e18", "9223372036854775808",
      "-0.0", "\"x\"", "\"\\u0000\""};
  return rc::gen::exec([id] {
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
    out = "{\"" + id + R"(":"s","hook_event_name":)";
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

TEST_CASE("OBS-O8: any payload with session and event results in one observation, always the same") {
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

TEST_CASE("any session file results in one observation with its process") {
  const atm::testing::FakeHost host;
  const PluginInstance plugin(atm_plugin_v1, host);
  CHECK(rc::check([&] {
    const OwnedRecord record{kSessionFile, *any_payload("sessionId"), {{"config_dir", "/c"}}, 5};
    const ParseResult once = plugin.parse(record);
    RC_ASSERT(once.status == Status::kOk);
    RC_ASSERT(same(once, plugin.parse(record)));
    const bool is_bound = once.observations.front().type == "process.bound";
    RC_ASSERT(once.observations.size() == (is_bound ? 2U : 1U));
    const std::string& type = once.observations.back().type;
    RC_ASSERT(type == "session.started" || type == "state.reported");
  }));
}

TEST_CASE("OBS-T6: any line of a transcript results in recorded observations or none") {
  const atm::testing::FakeHost host;
  const PluginInstance plugin(atm_plugin_v1, host);
  CHECK(rc::check([&] {
    const std::string line = R"({"timestamp":"2026-11-22T13:02:00Z","type":)" +
                             *rc::gen::element<std::string>("\"user\"", "\"assistant\"", "\"system\"") +
                             R"(,"message":{"stop_reason":"end_turn","content":[)" + *any_payload("type") +
                             "]}," + (*any_payload("sessionId")).substr(1);
    const OwnedRecord record{kTranscript, line, {{"session", "s"}}, 5};
    const ParseResult once = plugin.parse(record);
    RC_ASSERT(once.status == Status::kOk || once.status == Status::kSkip);
    RC_ASSERT(same(once, plugin.parse(record)));
    for (const OwnedObservation& o : once.observations) RC_ASSERT(o.attrs.count("recorded") == 1U);
  }));
}

TEST_CASE("no bytes crash the parser, and each refusal has a reason") {
  const atm::testing::FakeHost host;
  const PluginInstance plugin(atm_plugin_v1, host);
  CHECK(rc::check([&](const std::string& bytes) {
    for (const char* channel : kChannels) {
      const ParseResult result = plugin.parse({channel, bytes, {}, 0});
      RC_ASSERT(result.status == Status::kInvalid);
      RC_ASSERT(!result.error.empty());
      RC_ASSERT(result.observations.empty());
    }
  }));
}
