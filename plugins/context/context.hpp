// SPDX-License-Identifier: MIT
// The analyzer of how full a session's context is.
#pragma once

#include <array>
#include <atm/domain/context_warning_level.hpp>
#include <atm/plugin/host.hpp>
#include <atm/plugin/interfaces.hpp>
#include <span>
#include <string_view>

namespace context {

class Context final : public atm::Analyzer {
 public:
  static constexpr atm::Descriptor kDescriptor{"context", "0.1.0",
                                               "How full a session's context is, and how far it still goes",
                                               R"({
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "elevated_percent": {
      "type": "number",
      "minimum": 0,
      "maximum": 100,
      "default": 60,
      "description": "Percent of the window from which on the level is elevated"
    },
    "warning_percent": {
      "type": "number",
      "minimum": 0,
      "maximum": 100,
      "default": 80,
      "description": "Percent of the window from which on the level is warning"
    },
    "critical_percent": {
      "type": "number",
      "minimum": 0,
      "maximum": 100,
      "default": 90,
      "description": "Percent of the window from which on the level is critical"
    }
  }
})"};

  static constexpr std::string_view kLevel = "context.level";
  static constexpr std::string_view kMessage = "context.message";
  static constexpr std::string_view kRemainingTokens = "context.remaining_tokens";
  static constexpr std::string_view kRemainingTurns = "context.remaining_turns";
  static constexpr std::string_view kCacheEfficiency = "context.cache_efficiency_percent";

  /// `config_json` fits the schema. Throws std::invalid_argument when the thresholds do not rise.
  Context(const atm::Host& host, std::string_view config_json);

  [[nodiscard]] std::string_view prefix() const noexcept override { return "context."; }
  [[nodiscard]] std::span<const atm::FactDecl> facts() const noexcept override { return kFacts; }

  /// [instance] Looks at what can change the context or the number of turns.
  atm::Status analyze(const atm_observation& observation, const atm::SessionSnapshot& session,
                      const atm::FactSink& sink) override;

 private:
  static constexpr std::array<atm::FactDecl, 5> kFacts{{
      {kLevel, ATM_VALUE_STR, "", "normal, elevated, warning or critical"},
      {kMessage, ATM_VALUE_STR, "", "One line for a person, unless the level is normal"},
      {kRemainingTokens, ATM_VALUE_INT, "tokens", "What the window still holds"},
      {kRemainingTurns, ATM_VALUE_INT, "turns", "Turns that still fit if they go on as they did"},
      {kCacheEfficiency, ATM_VALUE_DOUBLE, "percent", "Share of the context that was read from the cache"},
  }};

  atm::ContextThresholds thresholds_;
};

}  // namespace context
