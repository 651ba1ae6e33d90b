// SPDX-License-Identifier: MIT
#include <atm/domain/model.hpp>

#include <rapidcheck.h>

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/catch.hpp"

using atm::fallback_name;
using atm::find_model;
using atm::Model;
using atm::ModelInfo;
using atm::nominal_window;
using atm::strip_decorations;

TEST_CASE("model: prefixes and suffixes of providers and clients are stripped") {
  using Row = std::pair<std::string, std::string>;
  const auto [id, stripped] = GENERATE(
      Row{"claude-opus-4-6", "claude-opus-4-6"}, Row{"us.anthropic.claude-opus-4-6-v1", "claude-opus-4-6"},
      Row{"us.anthropic.claude-haiku-4-5-20251001-v1:0", "claude-haiku-4-5-20251001"},
      Row{"eu.anthropic.claude-opus-5-5", "claude-opus-5-5"},
      Row{"apac.anthropic.claude-opus-5-5", "claude-opus-5-5"},
      Row{"global.anthropic.claude-opus-5-5", "claude-opus-5-5"},
      Row{"us-gov.anthropic.claude-opus-5-5", "claude-opus-5-5"},
      Row{"anthropic.claude-opus-5-5", "claude-opus-5-5"},
      Row{"anthropic/claude-opus-5-5", "claude-opus-5-5"},
      Row{"arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-opus-4-6-v1", "claude-opus-4-6"},
      Row{"claude-haiku-4-5@20251001", "claude-haiku-4-5"},
      Row{"claude-3-5-sonnet-v2@20241022", "claude-3-5-sonnet"},
      Row{"claude-opus-4-6[1m]", "claude-opus-4-6"}, Row{"claude-opus-4-6[1M]", "claude-opus-4-6"},
      Row{"openai/gpt-4.1-mini", "gpt-4.1-mini"}, Row{"deepseek-v3", "deepseek"},
      Row{"mistral-vibe", "mistral-vibe"}, Row{"", ""}, Row{"-v1", "-v1"}, Row{"a/", ""});
  CAPTURE(id);
  CHECK(strip_decorations(id) == stripped);
}

TEST_CASE("model: the longest prefix wins, in any order of the table") {
  CHECK(find_model("claude-opus-4-5-20251101")->display_name == "Opus 4.5");
  CHECK(find_model("claude-opus-4-20250514")->display_name == "Opus 4");
  CHECK(find_model("claude-opus-5-5")->display_name == "Opus 5.5");
  CHECK(find_model("us.anthropic.claude-haiku-4-5-20251001-v1:0")->display_name == "Haiku 4.5");
  CHECK(find_model("claude-3-7-sonnet-latest")->display_name == "Sonnet 3.7");
  std::vector<ModelInfo> table{
      {"a", "short", 1}, {"ab", "long", 2}, {"ab-20260101", "dated", 3}, {"", "any", 0}};
  for (int order = 0; order < 2; ++order) {
    const std::span<const ModelInfo> entries(table);
    CHECK(atm::longest_prefix(entries, "ab-20260202")->display_name == "long");
    CHECK(atm::longest_prefix(entries, "ab-20260101")->display_name == "dated");
    CHECK(atm::longest_prefix(entries, "a-2026-01-01")->display_name == "short");
    CHECK(atm::longest_prefix(entries, "b") == nullptr);
    std::reverse(table.begin(), table.end());
  }
}

TEST_CASE("model: a newer or smaller relative of a known model is unknown") {
  CHECK(find_model("claude-opus-4-9") == nullptr);
  CHECK(find_model("claude-opus-55") == nullptr);
  CHECK(find_model("claude-sonnet-5-mini") == nullptr);
  CHECK(find_model("claude-opus-4-5-2025110") == nullptr);
  CHECK(find_model("claude-opus-4-5-20251101x") == nullptr);
  CHECK(find_model("my-gateway/some-model") == nullptr);
  CHECK(find_model("") == nullptr);
}

TEST_CASE("model: the window suffix means a million, and an unknown model has no window") {
  CHECK(nominal_window("claude-opus-4-6") == 200'000U);
  CHECK(nominal_window("claude-opus-4-6[1m]") == 1'000'000U);
  CHECK(nominal_window("claude-opus-5-5") == 1'000'000U);
  CHECK_FALSE(nominal_window("gpt-5").has_value());
}

TEST_CASE("model: an unknown model shows the agent's name, else its id without the date") {
  CHECK(Model{"claude-opus-5-5", ""}.name() == "Opus 5.5");
  CHECK(Model{"claude-neo-9-20270101", "Neo 9"}.name() == "Neo 9");
  CHECK(Model{"claude-neo-9-20270101", ""}.name() == "claude-neo-9");
  CHECK(Model{"my-gateway/some-model", "my-gateway/some-model"}.name() == "my-gateway/some-model");
  CHECK(Model{}.name().empty());
  CHECK(fallback_name("gpt-5-2026010") == "gpt-5-2026010");
  CHECK(fallback_name("-20260101") == "-20260101");
}

TEST_CASE("model: laws") {
  CHECK(rc::check("stripping returns a part of the id", [](const std::string& id) {
    RC_ASSERT(id.find(strip_decorations(id)) != std::string::npos);
  }));
  CHECK(rc::check("every known model is found under every decoration", [] {
    const ModelInfo info = *rc::gen::elementOf(atm::kBuiltinModels);
    const std::string before =
        *rc::gen::element<std::string>("", "anthropic/", "us.anthropic.", "openrouter/anthropic/");
    const std::string after =
        *rc::gen::element<std::string>("", "-20260101", "-v1:0", "-20260101-v2:0", "@20260101", "[1m]");
    const ModelInfo* found = find_model(before + std::string(info.prefix) + after);
    RC_ASSERT(found != nullptr);
    RC_ASSERT(found->prefix == info.prefix);
  }));
}
