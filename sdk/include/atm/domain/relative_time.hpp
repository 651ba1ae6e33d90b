// SPDX-License-Identifier: MIT
// How long ago, in one unit, truncated. Time is an argument: nothing here reads a clock.
#pragma once

#include <atm/domain/timestamp.hpp>
#include <chrono>
#include <cstdint>
#include <string>

namespace atm {

/// `35s`, `2m`, `1h`, `3d`; `now` if `then` lies in the future, as after a clock step.
[[nodiscard]] inline std::string format_age(Timestamp then, Timestamp now) {
  const std::chrono::nanoseconds age = elapsed(then, now);
  if (age.count() < 0) return "now";
  const std::int64_t seconds = age.count() / detail::kNanosPerSecond;
  if (seconds < 60) return std::to_string(seconds) + 's';
  if (seconds < 3600) return std::to_string(seconds / 60) + 'm';
  if (seconds < detail::kSecondsPerDay) return std::to_string(seconds / 3600) + 'h';
  return std::to_string(seconds / detail::kSecondsPerDay) + 'd';
}

/// `35s ago`, `2m ago`, `1h ago`, `3d ago`, or `now` as format_age.
[[nodiscard]] inline std::string format_relative(Timestamp then, Timestamp now) {
  std::string age = format_age(then, now);
  return elapsed(then, now).count() < 0 ? age : age + " ago";
}

}  // namespace atm
