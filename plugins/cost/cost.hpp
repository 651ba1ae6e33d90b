// SPDX-License-Identifier: MIT
// The analyzer of a session's cost.
#pragma once

#include <array>
#include <atm/plugin/host.hpp>
#include <atm/plugin/interfaces.hpp>
#include <span>
#include <string_view>

#include "price_table.hpp"

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
    }
  }
})"};

  static constexpr std::string_view kHourlyRate = "cost.hourly_rate_usd";
  static constexpr std::string_view kProjected = "cost.projected_usd";
  static constexpr std::string_view kRateSource = "cost.rate_source";
  static constexpr std::string_view kPriced = "cost.model_priced";

  /// `config_json` matches the schema.
  Cost(const atm::Host& host, std::string_view config_json);

  [[nodiscard]] std::string_view prefix() const noexcept override { return "cost."; }
  [[nodiscard]] std::span<const atm::FactDecl> facts() const noexcept override { return kFacts; }

  /// [instance] Handles status reports, the only observations that change cost, duration and model.
  atm::Status analyze(const atm_observation& observation, const atm::SessionSnapshot& session,
                      const atm::FactSink& sink) override;

 private:
  static constexpr std::array<atm::FactDecl, 4> kFacts{{
      {kHourlyRate, ATM_VALUE_DOUBLE, "usd/h", "Cost so far divided by the session's duration"},
      {kProjected, ATM_VALUE_DOUBLE, "usd", "Cost of target_hours at the rate so far"},
      {kRateSource, ATM_VALUE_STR, "", "Origin of the cost in the rate: agent"},
      {kPriced, ATM_VALUE_BOOL, "", "Whether the price table contains the session's model"},
  }};

  PriceTable prices_;
  double target_hours_ = 8;
};

}  // namespace cost
