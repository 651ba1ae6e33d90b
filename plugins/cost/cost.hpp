// SPDX-License-Identifier: MIT
// The analyzer of a session's cost.
#pragma once

#include <atm/plugin/host.hpp>
#include <atm/plugin/interfaces.hpp>
#include <string_view>

#include "budgets.hpp"

namespace cost {

class Cost final : public atm::Analyzer {
 public:
  static constexpr atm::Descriptor kDescriptor{"cost", "0.1.0",
                                               "Reports the hourly cost of a session and its projection",
                                               R"({
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "target_hours": {
      "type": "number",
      "minimum": 0,
      "exclusiveMinimum": true,
      "maximum": 8760,
      "default": 8,
      "description": "hours of work for the projection; above 0, at most 8760"
    },
    "budget": {
      "type": "object",
      "description": "the table `[budget]`, which atmd passes on"
    }
  }
})"};

  static constexpr std::string_view kHourlyRate = "cost.hourly_rate_usd";
  static constexpr std::string_view kProjected = "cost.projected_usd";
  static constexpr std::string_view kRateSource = "cost.rate_source";

  /// `config_json` matches the schema.
  Cost(const atm::Host& host, std::string_view config_json);

  [[nodiscard]] std::string_view prefix() const noexcept override { return "cost."; }

  /// [instance] Handles status reports, the only observations that change cost and duration.
  atm::Status analyze(const atm::ObservationView& observation, const atm::SessionSnapshot& session,
                      const atm::FactSink& sink, atm::ErrorText& error) override;

 private:
  double target_hours_ = 8;
  Budgets budgets_;
};

}  // namespace cost
