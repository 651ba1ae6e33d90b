// SPDX-License-Identifier: MIT
#include <rapidcheck.h>

#include <atm/plugin/entry.hpp>
#include <atm/testing.hpp>
#include <cmath>

#include "context.hpp"
#include "outlook.hpp"
#include "support/catch.hpp"

extern "C" const atm_plugin atm_plugin_v1;

namespace {

using atm::testing::OwnedAttrs;
using atm::testing::OwnedValue;

const OwnedValue kNone = std::monostate{};

atm::testing::AnalyzeResult analyze(const OwnedAttrs& session, std::string_view config = "{}",
                                    const char* type = "status.reported") {
  const atm::testing::FakeHost host;
  const atm::testing::PluginInstance plugin(atm_plugin_v1, host, config);
  return plugin.analyze({type, "s", "claude_code", "", "test", 0, {}}, session);
}

OwnedAttrs percent(double value) {
  return {{"context.used_percentage", value}};
}

OwnedAttrs tokens(std::int64_t input, std::int64_t creation, std::int64_t read, std::int64_t window,
                  std::int64_t turns) {
  return {{"context.input_tokens", input},
          {"context.cache_creation_tokens", creation},
          {"context.cache_read_tokens", read},
          {"context.window", window},
          {"turns", turns}};
}

}  // namespace

TEST_CASE("a level begins at its threshold") {
  const auto level = [](double value, std::string_view config = "{}") {
    return std::get<std::string>(analyze(percent(value), config).facts.at("context.level"));
  };
  CHECK(level(0) == "normal");
  CHECK(level(59.9) == "normal");
  CHECK(level(60) == "elevated");
  CHECK(level(80) == "warning");
  CHECK(level(89.9) == "warning");
  CHECK(level(90) == "critical");
  CHECK(level(100) == "critical");
  CHECK(level(50, R"({"elevated_percent":30,"warning_percent":40,"critical_percent":50})") == "critical");
}

TEST_CASE("every level except normal has a message with the whole percentage") {
  const auto message = [](double value) { return analyze(percent(value)).facts.at("context.message"); };
  CHECK(message(59.9) == kNone);
  CHECK(message(60) == OwnedValue("context is 60% full"));
  CHECK(message(89.9) == OwnedValue("context is 89% full"));
  CHECK(message(94) == OwnedValue("context is 94% full; compact it or start a new session"));
}

TEST_CASE("remaining turns are the remaining tokens divided by the tokens per turn") {
  // 40,000 tokens in 4 turns are 10,000 per turn; 160,000 remain.
  const auto facts = analyze(tokens(10'000, 10'000, 20'000, 200'000, 4)).facts;
  CHECK(facts.at("context.remaining_tokens") == OwnedValue(std::int64_t{160'000}));
  CHECK(facts.at("context.remaining_turns") == OwnedValue(std::int64_t{16}));
  CHECK(facts.at("context.cache_efficiency_percent") == OwnedValue(50.0));
  CHECK(facts.at("context.level") == OwnedValue("normal"));
}

TEST_CASE("without tokens or turns there are no remaining turns") {
  CHECK(analyze(tokens(10, 0, 0, 200'000, 0)).facts.at("context.remaining_turns") == kNone);
  const auto empty = analyze(tokens(0, 0, 0, 200'000, 4)).facts;
  CHECK(empty.at("context.remaining_turns") == kNone);
  CHECK(empty.at("context.cache_efficiency_percent") == kNone);
  CHECK(empty.at("context.remaining_tokens") == OwnedValue(std::int64_t{200'000}));
}

TEST_CASE("a context over its window has no remaining tokens") {
  const auto facts = analyze(tokens(0, 0, 250'000, 200'000, 5)).facts;
  CHECK(facts.at("context.remaining_tokens") == OwnedValue(std::int64_t{0}));
  CHECK(facts.at("context.remaining_turns") == OwnedValue(std::int64_t{0}));
  CHECK(facts.at("context.level") == OwnedValue("critical"));
}

TEST_CASE("96.4 percent of the context of the golden session came from the cache") {
  const auto facts = analyze(tokens(7, 1'396, 37'532, 200'000, 1)).facts;
  CHECK(std::get<double>(facts.at("context.cache_efficiency_percent")) == Approx(96.3966).margin(0.0001));
  CHECK(facts.at("context.remaining_tokens") == OwnedValue(std::int64_t{161'065}));
}

TEST_CASE("a fact without a known value is removed, not set to zero") {
  const OwnedAttrs nothing{{"context.level", kNone},
                           {"context.message", kNone},
                           {"context.remaining_tokens", kNone},
                           {"context.remaining_turns", kNone},
                           {"context.cache_efficiency_percent", kNone}};
  CHECK(analyze({}).facts == nothing);
  CHECK(analyze({{"context.window", std::int64_t{200'000}}}).facts == nothing);
}

TEST_CASE("a new turn is analyzed, and a tool use is not") {
  CHECK(analyze(percent(50), "{}", "prompt.submitted").status == atm::Status::kOk);
  CHECK(analyze(percent(50), "{}", "turn.finished").status == atm::Status::kOk);
  const auto tool = analyze(percent(50), "{}", "tool.started");
  CHECK(tool.status == atm::Status::kSkip);
  CHECK(tool.facts.empty());
}

TEST_CASE("thresholds that do not rise are refused, and the error states the remedy") {
  const atm::testing::FakeHost host;
  CHECK_THROWS_WITH(atm::testing::PluginInstance(atm_plugin_v1, host, R"({"warning_percent":95})"),
                    "context: the thresholds do not rise, expected elevated_percent <= warning_percent <= "
                    "critical_percent; "
                    "the defaults are 60, 80 and 90");
}

TEST_CASE("the facts are those of the README") {
  const OwnedAttrs facts = analyze(tokens(1, 1, 190'000, 200'000, 3)).facts;
  CHECK(facts.size() == 5);
  CHECK(std::holds_alternative<std::string>(facts.at("context.level")));
  CHECK(std::holds_alternative<std::string>(facts.at("context.message")));
  CHECK(std::holds_alternative<std::int64_t>(facts.at("context.remaining_tokens")));
  CHECK(std::holds_alternative<std::int64_t>(facts.at("context.remaining_turns")));
  CHECK(std::holds_alternative<double>(facts.at("context.cache_efficiency_percent")));
}

TEST_CASE("the facts are in range for any session") {
  CHECK(rc::check([](std::int64_t input, std::int64_t creation, std::int64_t read, std::int64_t window,
                     std::int64_t turns, double used) {
    OwnedAttrs session = tokens(input, creation, read, window, turns);
    session["context.used_percentage"] = used;
    const OwnedAttrs facts = analyze(session).facts;
    if (const auto* share = std::get_if<double>(&facts.at("context.cache_efficiency_percent")))
      RC_ASSERT(*share >= 0 && *share <= 100);
    for (const char* key : {"context.remaining_tokens", "context.remaining_turns"}) {
      if (const auto* left = std::get_if<std::int64_t>(&facts.at(key))) RC_ASSERT(*left >= 0);
    }
  }));
}
