// SPDX-License-Identifier: MIT
#include "history/export.hpp"

#include "support/catch.hpp"

using namespace atm;
using atm::history::Input;

namespace {

Input observed(std::string type, std::vector<std::pair<std::string, history::Value>> attrs) {
  Input one;
  one.arrived_ns = 5'000'000'000;
  one.time_ns = 4'500'000'000;
  one.type = std::move(type);
  one.session = "0bb3f80d";
  one.agent = "claude_code";
  one.origin = "claude_code/hook";
  one.attrs = std::move(attrs);
  return one;
}

}  // namespace

TEST_CASE("an observation is exported as a step of a scenario") {
  cli::ScenarioWriter writer(3'000'000'000, false);
  CHECK(
      writer.line(observed("tool.started", {{"tool", std::string("Bash")}, {"pid", std::int64_t{7}}})) ==
      R"({"at":2.0,"sent":1.5,"observation":{"type":"tool.started","session":"0bb3f80d","agent":"claude_code",)"
      R"("origin":"claude_code/hook","attrs":{"tool":"Bash","pid":7}},"awake":0.0})"
      "\n");
}

TEST_CASE("a redacted export has stable pseudonyms instead of names of the user") {
  cli::ScenarioWriter writer(0, true);
  const std::string first = writer.line(observed("session.started", {{"cwd", std::string("/home/ann/secret")},
                                                                     {"host", std::string("annsbox")},
                                                                     {"model.id", std::string("m")}}));
  CHECK(first.find("ann") == std::string::npos);
  CHECK(first.find("0bb3f80d") == std::string::npos);
  CHECK(first.find(R"("session":"s-1")") != std::string::npos);
  CHECK(first.find(R"("cwd":"/dir-1")") != std::string::npos);
  CHECK(first.find(R"("model.id":"m")") != std::string::npos);
  const std::string second =
      writer.line(observed("tool.started", {{"cwd", std::string("/home/ann/secret")},
                                            {"tool", std::string("mcp__corp__deploy")}}));
  CHECK(second.find(R"("cwd":"/dir-1")") != std::string::npos);
  CHECK(second.find(R"("tool":"Tool-1")") != std::string::npos);
  CHECK(writer.line(observed("tool.started", {{"tool", std::string("Bash")}})).find(R"("tool":"Bash")") !=
        std::string::npos);
}

TEST_CASE("a redacted export shows no text but the words of the vocabulary") {
  cli::ScenarioWriter writer(0, true);
  std::vector<std::pair<std::string, history::Value>> attrs;
  for (const char* key :
       {"by", "parent", "forked_from", "subagent.id", "subagent.parent", "terminal.pane", "host",
        "tmux.socket", "transcript_path", "wait.id", "tool", "a key of a later version"})
    attrs.emplace_back(key, std::string("CANARY"));
  attrs.emplace_back("model.id", std::string("arn:aws:bedrock:CANARY/m"));
  attrs.emplace_back("reason", std::string("permission"));
  const std::string line = writer.line(observed("session.started", attrs));
  CHECK(line.find("CANARY") == std::string::npos);
  CHECK(line.find(R"("forked_from":"s-2")") != std::string::npos);
  CHECK(line.find(R"("reason":"permission")") != std::string::npos);
}

TEST_CASE("an input of any kind returns from its line") {
  constexpr std::int64_t kBegin = 1'700'000'000'000'000'000;
  cli::ScenarioWriter writer(kBegin, false);
  const std::string header = writer.header();
  const auto reader = cli::ScenarioReader::begin(header);
  REQUIRE(reader);
  CHECK(reader->begin_ns() == kBegin);
  for (std::uint32_t kind = ATM_STORED_OBSERVATION; kind <= ATM_STORED_FACTS; ++kind) {
    Input input = observed("any.type", {{"tool", std::string("Bash")},
                                        {"pid", std::int64_t{7}},
                                        {"is_error", true},
                                        {"share", 0.25},
                                        {"next_at_ns", kBegin + 5},
                                        {"gone", {}}});
    input.kind = kind;
    input.arrived_ns = kBegin + 3'500'000'000;
    input.time_ns = kBegin + 1'000'000'000;
    input.learnt = "ag";
    input.from = ATM_FROM_PID | ATM_FROM_START_TICKS;
    input.from_pid = 42;
    input.from_start_ticks = 99;
    const auto again = reader->read(writer.line(input));
    REQUIRE(again);
    CHECK(*again == input);
  }
  CHECK(reader->read(R"({"at":1,"channel":"claude_code/hook"})").error().message ==
        "the line has no observation and no input, expected a line of atm history export");
  CHECK(cli::ScenarioReader::begin(R"({"scenario":"x","source":"built"})").error().message ==
        "this is no export of a history, expected the output of atm history export");
}
