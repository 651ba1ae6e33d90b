// SPDX-License-Identifier: MIT
// The rate at which a session spends.
#pragma once

#include <atm/domain/money.hpp>
#include <chrono>
#include <optional>

namespace cost {

/// Dollars per hour so far. Absent below 3.6 s, a thousandth of an hour, because the quotient is meaningless.
[[nodiscard]] inline std::optional<atm::Money> hourly_rate(atm::Money cost,
                                                           std::chrono::milliseconds duration) noexcept {
  constexpr std::chrono::milliseconds kShortest{3'600};
  if (duration < kShortest) return std::nullopt;
  const std::chrono::duration<double, std::ratio<3600>> hours(duration);
  return atm::Money::from_usd(cost.as_usd() / hours.count());
}

/// The cost of `target_hours` of work at the rate so far.
[[nodiscard]] inline std::optional<atm::Money> project_cost(atm::Money cost,
                                                            std::chrono::milliseconds duration,
                                                            double target_hours) noexcept {
  const std::optional<atm::Money> rate = hourly_rate(cost, duration);
  if (!rate) return std::nullopt;
  return atm::Money::from_usd(rate->as_usd() * target_hours);
}

}  // namespace cost
