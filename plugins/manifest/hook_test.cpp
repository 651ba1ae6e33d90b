// SPDX-License-Identifier: MIT
#include "hook.hpp"

#include <atm/plugin/entry.hpp>
#include <atm/testing.hpp>
#include <string>

#include "manifest.hpp"
#include "support/catch.hpp"
#include "support/installed_agents.hpp"

using atm::Status;
using atm::testing::OwnedObservation;
using atm::testing::OwnedValue;

namespace {

constexpr std::string_view kManifest = R"({
  "agent": {"id": "zed", "name": "Zed", "manifest": 1},
  "hook": {
    "session": "/s", "event": "/e", "actor": "/a", "always": {"cwd": "/dir"},
    "on": {
      "Go": {"emit": "prompt.submitted", "length": {"chars": "/text"}, "bind": "sole"},
      "Tool": [
        {"when": {"/kind": "none"}, "skip": true},
        {"when": {"/error": "*"}, "emit": "tool.finished", "set": {"is_error": true}, "take": {"tool": "/t/0/name"}},
        {"when": {"/error": "-", "/kind": "run"}, "emit": "tool.started", "take": {"tool": "/t/0/name", "duration_ms": "/ms"}}
      ],
      "Usage": {"emit": "status.reported",
        "take": {"context.used_percentage": "/share", "free.fact": "/any"},
        "plus": {"context.output_tokens": ["/out", "/think"]},
        "minus": {"context.input_tokens": ["/in", "/cached"]}},
      "Stop": {"emit": "turn.finished", "set": {"outcome": "ok"},
        "count": {"background_tasks": {"of": "/tasks", "except": {"status": ["done"]}}}},
      "Sub": {"emit": "subagent.started", "take": {"subagent.id": "/a"}, "actor": ""},
      "Own": {"emit": ".own_event"},
      "End": {"emit": "session.ended", "take": {"reason": "/why"}, "bind": "none"}
    }
  },
  "notify": {
    "session": "/thread", "event": "/type",
    "on": {"done": {"emit": "turn.finished", "set": {"outcome": "ok", "weak": true}, "bind": "none"}}
  },
  "follow": [{
    "under": ["~/.zed"], "event": ["/type", "/payload/type"], "time": "/at",
    "on": {
      "turn": {"emit": "prompt.submitted"}, "turn.end": {"emit": "turn.finished", "set": {"outcome": "ok"}},
      "usage": {"emit": "usage.reported", "take": {"usage.id": "/id"}}
    }
  }]
})";

struct Fixture {
  Fixture() { host.set_agents({std::string(kManifest)}); }

  atm::testing::ParseResult parse(std::string payload, atm::testing::OwnedAttrs context = {},
                                  std::string channel = "zed/hook") {
    if (!plugin) plugin.emplace(atm::detail::Entry<manifest::Manifest>::kPlugin, host);
    return plugin->parse({std::move(channel), std::move(payload), std::move(context), 77});
  }
  /// The only observation besides process.bound.
  OwnedObservation one(std::string payload) {
    auto result = parse(std::move(payload));
    INFO(result.error);
    REQUIRE(result.observations.size() == 1);
    return result.observations.front();
  }

  atm::testing::FakeHost host;
  std::optional<atm::testing::PluginInstance> plugin;
};

const OwnedValue* value_of(const OwnedObservation& o, const std::string& key) {
  const auto found = o.attrs.find(key);
  return found == o.attrs.end() ? nullptr : &found->second;
}

}  // namespace

TEST_CASE(
    "a record of an agent without a manifest makes the plugin read the manifests again, at most each 0.2 s",
    "[manifest]") {
  Fixture agent;
  agent.host.set_agents({});
  const std::string go = R"({"s": "s1", "e": "Go"})";
  CHECK(agent.parse(go).status == Status::kNotFound);
  agent.host.set_agents({std::string(kManifest)});
  CHECK(agent.parse(go).status == Status::kNotFound);
  agent.host.advance(200'000'000);
  const auto result = agent.parse(go);
  CHECK(result.status == Status::kOk);
  REQUIRE(result.observations.size() == 1);
  CHECK(result.observations.front().type == "prompt.submitted");
}

TEST_CASE_METHOD(Fixture, "the first rule whose conditions hold gives the observation", "[manifest]") {
  CHECK(parse(R"({"s":"1","e":"Tool","kind":"none"})").status == Status::kSkip);
  CHECK(parse(R"({"s":"1","e":"Tool","kind":"other"})").status == Status::kSkip);
  const auto failed = one(R"({"s":"1","e":"Tool","kind":"run","error":{},"t":[{"name":"Bash"}]})");
  CHECK(failed.type == "tool.finished");
  CHECK(failed.attrs.at("tool") == OwnedValue(std::string("Bash")));
  CHECK(failed.attrs.at("is_error") == OwnedValue(true));
  const auto started = one(R"({"s":"1","e":"Tool","kind":"run","error":null,"t":[{"name":"Bash"}],"ms":5})");
  CHECK(started.type == "tool.started");
  CHECK(started.attrs.at("duration_ms") == OwnedValue(std::int64_t{5}));
  CHECK(started.agent == "zed");
  CHECK(started.session == "1");
  CHECK(started.time_ns == 77);
}

TEST_CASE_METHOD(Fixture, "a value takes the kind of the vocabulary, and another kind is malformed",
                 "[manifest]") {
  const auto good = one(R"({"s":"1","e":"Usage","share":10,"any":10,"out":3,"think":4,"in":9,"cached":2})");
  CHECK(good.attrs.at("context.used_percentage") == OwnedValue(10.0));
  CHECK(good.attrs.at("free.fact") == OwnedValue(std::int64_t{10}));
  CHECK(good.attrs.at("context.output_tokens") == OwnedValue(std::int64_t{7}));
  CHECK(good.attrs.at("context.input_tokens") == OwnedValue(std::int64_t{7}));
  CHECK(value_of(good, "malformed") == nullptr);
  const auto bad = one(R"({"s":"1","e":"Usage","share":"10","any":[1],"out":"3","in":1,"cached":2})");
  CHECK(bad.attrs.at("malformed") == OwnedValue(std::int64_t{4}));
  CHECK(value_of(bad, "context.input_tokens") == nullptr);
  const auto absent = one(R"({"s":"1","e":"Usage","share":null,"think":2,"cached":2})");
  CHECK(value_of(absent, "malformed") == nullptr);
  CHECK(absent.attrs.at("context.output_tokens") == OwnedValue(std::int64_t{2}));
  CHECK(value_of(absent, "context.input_tokens") == nullptr);
}

TEST_CASE_METHOD(Fixture, "lengths count characters, and counts leave out the exceptions", "[manifest]") {
  CHECK(one(R"({"s":"1","e":"Go","text":"\u00e4b"})").attrs.at("chars") == OwnedValue(std::int64_t{2}));
  const auto stop = one(R"({"s":"1","e":"Stop","tasks":[{"status":"done"},{"status":"run"},{},7]})");
  CHECK(stop.attrs.at("background_tasks") == OwnedValue(std::int64_t{2}));
  CHECK(stop.attrs.at("malformed") == OwnedValue(std::int64_t{1}));
}

TEST_CASE_METHOD(Fixture, "the actor is that of the rule, else that of the table", "[manifest]") {
  CHECK(one(R"({"s":"1","e":"Go","a":"sub"})").actor == "sub");
  CHECK(one(R"({"s":"1","e":"Sub","a":"sub"})").actor.empty());
}

TEST_CASE_METHOD(Fixture, "OBS-T7: an event without a rule is passed on under the agent's prefix",
                 "[manifest]") {
  const auto unknown = one(R"({"s":"1","e":"MCPServer-Ready2Go"})");
  CHECK(unknown.type == "zed.mcp_server_ready2_go");
  CHECK(unknown.attrs.at("event") == OwnedValue(std::string("MCPServer-Ready2Go")));
  CHECK(unknown.attrs.at("unknown") == OwnedValue(true));
  CHECK(one(R"({"s":"1","e":"!?"})").type == "zed.unnamed");
  CHECK(one(R"({"s":"1","e":"Own"})").type == "zed.own_event");
}

TEST_CASE_METHOD(Fixture, "the process of a record is bound unless the rule forbids it", "[manifest]") {
  const atm::testing::OwnedAttrs context{
      {"pid", std::int64_t{7}}, {"start_ticks", std::int64_t{9}}, {"tmux.pane", std::string("%3")}};
  const auto go = parse(R"({"s":"1","e":"Go"})", context);
  REQUIRE(go.observations.size() == 2);
  CHECK(go.observations[0].type == "process.bound");
  CHECK(go.observations[0].attrs.at("sole") == OwnedValue(true));
  CHECK(go.observations[0].attrs.at("tmux.pane") == OwnedValue(std::string("%3")));
  const auto shared = parse(R"({"s":"1","e":"Stop"})", context);
  CHECK(shared.observations.at(0).attrs.count("sole") == 0);
  const auto sub = parse(R"({"s":"1","e":"Go","a":"sub"})", context);
  CHECK(sub.observations.at(0).attrs.count("sole") == 0);
  CHECK(sub.observations.at(0).actor.empty());
  const auto end = parse(R"({"s":"1","e":"End","why":"quit"})", context);
  REQUIRE(end.observations.size() == 1);
  CHECK(end.observations[0].attrs.at("pid") == OwnedValue(std::int64_t{7}));
  CHECK(parse(R"({"s":"1","e":"Go"})", {{"pid", std::int64_t{7}}}).observations.size() == 1);
}

TEST_CASE_METHOD(Fixture, "a payload without session or event is refused with the place and the remedy",
                 "[manifest]") {
  const auto complaint = [&](std::string payload) {
    const auto result = parse(std::move(payload));
    CHECK(result.status == Status::kInvalid);
    return result.error;
  };
  CHECK(complaint(R"({"e":"Go"})") ==
        "zed/hook: found nothing at /s, expected text of 1 to 256 bytes; send the standard input of the hook "
        "command, unchanged");
  CHECK(complaint(R"({"s":"","e":"Go"})").find("found empty text at /s") != std::string::npos);
  CHECK(complaint(R"({"s":")" + std::string(257, 'x') + R"(","e":"Go"})").find("257 bytes") !=
        std::string::npos);
  CHECK(complaint(R"([1])").find("found an array, expected one JSON object") != std::string::npos);
  CHECK(complaint("{").find("expected JSON") != std::string::npos);
  CHECK(complaint(R"({"s":"1"})").find("run atm-hook with --event") != std::string::npos);
  CHECK(parse(R"({"s":"1"})", {{"event", std::string("Go")}}).status == Status::kOk);
}

TEST_CASE_METHOD(Fixture, "a channel that no manifest describes is not found", "[manifest]") {
  const auto result = parse("{}", {}, "other/hook");
  CHECK(result.status == Status::kNotFound);
  CHECK(result.error ==
        "no manifest describes channel 'other/hook'; write one, or send observations to channel "
        "NAME/observation");
}

TEST_CASE_METHOD(Fixture, "an event name and a path of any bytes give an observation or a refusal",
                 "[manifest]") {
  for (
      const char* const payload :
      {R"({"s":"1","e":"\u0000"})", R"({"s":"1","e":"Tool","kind":"run","t":[]})",
       R"({"s":"1","e":"Tool","kind":"run","t":{"0":{"name":1}}})", R"({"s":"1","e":"Stop","tasks":{}})",
       R"({"s":"1","e":"Usage","in":9223372036854775807,"cached":-1,"out":9223372036854775807,"think":1e300})"}) {
    const auto result = parse(payload);
    CHECK((result.status == Status::kOk || result.status == Status::kInvalid));
    for (const auto& o : result.observations) CHECK(o.type.size() > 4);
  }
}

TEST_CASE_METHOD(Fixture, "a notification is mapped by its own table", "[notify]") {
  const auto result = parse(R"({"type":"done","thread":"t1"})", {{"pid", std::int64_t{7}}}, "zed/notify");
  REQUIRE(result.observations.size() == 1);
  const OwnedObservation& o = result.observations.front();
  CHECK(o.type == "turn.finished");
  CHECK(o.session == "t1");
  CHECK(o.origin == "zed/notify");
  CHECK(o.attrs.at("weak") == OwnedValue(true));
  CHECK(parse(R"({"type":"done"})", {}, "zed/notify").status == Status::kInvalid);
  CHECK(parse(R"({"type":"other","thread":"t1"})", {}, "zed/notify").observations.back().type == "zed.other");
}

TEST_CASE_METHOD(Fixture, "a line of a log is evidence of the past", "[follow]") {
  const auto line = [this](std::string payload, atm::testing::OwnedAttrs context) {
    return parse(std::move(payload), std::move(context), "zed/transcript");
  };
  const auto end = line(R"({"type":"turn","payload":{"type":"end"},"at":"1970-01-01T00:00:00.00000005Z"})",
                        {{"session", std::string("s1")}});
  REQUIRE(end.observations.size() == 1);
  CHECK(end.observations.front().type == "turn.finished");
  CHECK(end.observations.front().session == "s1");
  CHECK(end.observations.front().time_ns == 50);
  CHECK(end.observations.front().attrs.at("recorded") == OwnedValue(true));

  // A log cannot state the future, an unreadable time is counted, and a line without a rule says nothing.
  CHECK(line(R"({"type":"turn","at":"2100-01-01T00:00:00Z"})", {{"session", std::string("s1")}})
            .observations.front()
            .time_ns == 77);
  CHECK(line(R"({"type":"turn","at":"soon"})", {{"session", std::string("s1")}})
            .observations.front()
            .attrs.at("malformed") == OwnedValue(std::int64_t{1}));
  CHECK(line(R"({"type":"other"})", {{"session", std::string("s1")}}).status == Status::kSkip);
  CHECK(line("{}", {{"session", std::string("s1")}}).status == Status::kSkip);
  CHECK(line(R"({"type":"turn"})", {}).status == Status::kInvalid);
  CHECK(line("[]", {{"session", std::string("s1")}}).status == Status::kInvalid);
  CHECK(line(R"({"type":"turn"})", {{"session", std::string("s1")}, {"follow", std::int64_t{1}}}).status ==
        Status::kNotFound);
  CHECK(line(R"({"type":"turn"})", {{"session", std::string("s1")}, {"follow", std::int64_t{-1}}}).status ==
        Status::kNotFound);
}

TEST_CASE_METHOD(Fixture, "the log of a subagent shows nothing about the main thread", "[follow]") {
  const atm::testing::OwnedAttrs context{{"session", std::string("s1")}, {"actor", std::string("a1")}};
  CHECK(parse(R"({"type":"turn"})", context, "zed/transcript").status == Status::kSkip);
  const auto usage = parse(R"({"type":"usage","id":"u1"})", context, "zed/transcript");
  REQUIRE(usage.observations.size() == 1);
  CHECK(usage.observations.front().actor == "a1");
}

// From Qwen Code 0.24.4: a process that lives for this hook only is its parent.
TEST_CASE_METHOD(Fixture, "a failed turn of Qwen Code does not move its session to another process",
                 "[manifest]") {
  host.set_agents(atm::test::installed_agents());
  const auto failed = parse(
      R"({"session_id":"acdb560a","cwd":"/home/dev/proj","hook_event_name":"StopFailure","error":"invalid_request",)"
      R"("error_details":"400 mock error 400"})",
      {{"pid", std::int64_t{1533}}, {"start_ticks", std::int64_t{9}}, {"tmux.pane", std::string("%0")}},
      "qwen/hook");
  REQUIRE(failed.observations.size() == 1);
  CHECK(failed.observations[0].type == "turn.finished");
  CHECK(failed.observations[0].attrs.at("outcome") == OwnedValue(std::string("error")));
  CHECK(failed.observations[0].attrs.at("error.kind") == OwnedValue(std::string("invalid_request")));
}

// From Gemini CLI 0.61.0: after Esc and after a failed request, this hook has a response of its own.
TEST_CASE_METHOD(Fixture, "a turn of Gemini CLI without a response is not done", "[manifest]") {
  host.set_agents(atm::test::installed_agents());
  const auto after = [this](const std::string& response) {
    return parse(
        R"({"session_id":"43f91496","cwd":"/home/dev/proj","hook_event_name":"AfterAgent","prompt":"x",)"
        R"("prompt_response":")" +
            response + R"(","stop_hook_active":false})",
        {}, "gemini/hook");
  };
  const auto done = after("Done after approval.");
  REQUIRE(done.observations.size() == 1);
  CHECK(done.observations[0].attrs.at("outcome") == OwnedValue(std::string("ok")));
  CHECK(after("[no response text]").status == Status::kSkip);
}

// From Gemini CLI 0.61.0: the session file states what the hook leaves out.
TEST_CASE_METHOD(Fixture, "the session file of Gemini CLI tells an interruption from an error",
                 "[manifest]") {
  host.set_agents(atm::test::installed_agents());
  const auto outcome = [this](const std::string& line) {
    const auto result = parse(line, {{"session", std::string("43f91496")}}, "gemini/transcript");
    REQUIRE(result.observations.size() == 1);
    CHECK(result.observations[0].type == "turn.finished");
    return result.observations[0].attrs.at("outcome");
  };
  CHECK(
      outcome(
          R"({"id":"7d6c2556","timestamp":"2026-11-30T05:38:26.174Z","type":"info","content":"Request cancelled."})") ==
      OwnedValue(std::string("interrupted")));
  CHECK(
      outcome(
          R"({"id":"642194ba","timestamp":"2026-11-30T05:38:30.479Z","type":"error","content":"[API Error: x]"})") ==
      OwnedValue(std::string("error")));
}
