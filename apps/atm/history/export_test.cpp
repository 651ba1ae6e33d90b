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
      R"("origin":"claude_code/hook","attrs":{"tool":"Bash","pid":7}}})"
      "\n");
}

TEST_CASE("a redacted export has stable pseudonyms instead of names of the user") {
  cli::ScenarioWriter writer(0, true);
  const std::string first = writer.line(observed("session.started", {{"cwd", std::string("/home/ann/secret")},
                                                                     {"host", std::string("annsbox")},
                                                                     {"model.id", std::string("m")}}));
  CHECK(first.find("ann") == std::string::npos);
  CHECK(first.find("0bb3f80d") == std::string::npos);
  CHECK(first.find(R"("session":"session-1")") != std::string::npos);
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

TEST_CASE("timeouts and facts are not exported, because the player derives them") {
  cli::ScenarioWriter writer(0, false);
  Input timeout = observed("registry.timeout", {});
  timeout.kind = ATM_STORED_TIMEOUT;
  CHECK(writer.line(timeout).empty());
}
