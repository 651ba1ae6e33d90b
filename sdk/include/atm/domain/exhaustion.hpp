// SPDX-License-Identifier: MIT
// When an agent has used up a limit of its vendor, by the average rate so far.
#pragma once

#include <cmath>
#include <cstdint>
#include <optional>
#include <string_view>

namespace atm {

/// A window of a vendor's limit, which begins `length` seconds before its reset. `name` is that of the attributes
/// `limits.NAME.*`.
struct LimitWindow {
  std::string_view name;
  std::int64_t length;
};
inline constexpr LimitWindow kLimitWindows[] = {{"five_hour", 5 * 3'600}, {"seven_day", 7 * 86'400}};

/// A time in the future, and how exact it is.
struct Exhaustion {
  /// Unix seconds.
  std::int64_t at;
  /// Of the time left, in seconds.
  std::int64_t error;
};

/// The time at which the limit is used up if the average rate since the window began goes on. Absent if that is after
/// the reset, if less than 5 % is used, and for a report of another window. All times are Unix seconds. [any]
///
/// Work comes in bursts. With bursts of a twentieth of the window, both the rate so far and the work to come vary with
/// the square root of the number of bursts; four of five generated windows are within the error.
[[nodiscard]] inline std::optional<Exhaustion> exhaustion(double used_percentage, std::int64_t resets_at,
                                                          std::int64_t length, std::int64_t now) noexcept {
  constexpr double kLeastUsed = 5;
  constexpr double kBurstsPerWindow = 20;
  if (resets_at < 0 || resets_at > (std::int64_t{1} << 40) || now >= resets_at || now <= resets_at - length)
    return std::nullopt;
  // Not `<`: a percentage that is not a number fits no window.
  if (!(used_percentage >= kLeastUsed && used_percentage <= 100)) return std::nullopt;
  const auto elapsed = static_cast<double>(now - (resets_at - length));
  const double left = elapsed * (100 - used_percentage) / used_percentage;
  if (left >= static_cast<double>(resets_at - now)) return std::nullopt;
  const double burst = static_cast<double>(length) / kBurstsPerWindow;
  const double error = std::sqrt(burst * left * (1 + left / elapsed));
  return Exhaustion{now + std::llround(left), std::llround(error)};
}

}  // namespace atm
