// SPDX-License-Identifier: MIT
// The analyzer of the usage of a session's context window.
#pragma once

#include <atm/domain/context_warning_level.hpp>
#include <atm/plugin/host.hpp>
#include <atm/plugin/interfaces.hpp>
#include <string_view>

namespace context {

class Context final : public atm::Analyzer {
 public:
  static constexpr atm::Descriptor kDescriptor{
      "context", "0.1.0", "Reports the usage of the context window and the remaining turns",
      R"({
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "elevated_percent": {
      "type": "number",
      "minimum": 0,
      "maximum": 100,
      "default": 60,
      "description": "percent of the window at which the level becomes `elevated`"
    },
    "warning_percent": {
      "type": "number",
      "minimum": 0,
      "maximum": 100,
      "default": 80,
      "description": "percent of the window at which the level becomes `warning`"
    },
    "critical_percent": {
      "type": "number",
      "minimum": 0,
      "maximum": 100,
      "default": 90,
      "description": "percent of the window at which the level becomes `critical`"
    }
  }
})"};

  static constexpr std::string_view kLevel = "context.level";
  static constexpr std::string_view kMessage = "context.message";
  static constexpr std::string_view kRemainingTokens = "context.remaining_tokens";
  static constexpr std::string_view kRemainingTurns = "context.remaining_turns";
  static constexpr std::string_view kCacheEfficiency = "context.cache_efficiency_percent";

  /// `config_json` matches the schema. Throws std::invalid_argument if the thresholds do not rise.
  Context(const atm::Host& host, std::string_view config_json);

  [[nodiscard]] std::string_view prefix() const noexcept override { return "context."; }

  /// [instance] Handles observations that can change the context or the number of turns.
  atm::Status analyze(const atm::ObservationView& observation, const atm::SessionSnapshot& session,
                      const atm::FactSink& sink, atm::ErrorText& error) override;

 private:
  atm::ContextThresholds thresholds_;
};

}  // namespace context
