// SPDX-License-Identifier: MIT
// Ages in one unit, truncated. The current time is an argument; these functions read no clock.
#pragma once

#include <atm/domain/timestamp.hpp>
#include <chrono>
#include <cstdint>
#include <string>

namespace atm {

/// `35s`, `2m`, `1h`, `3d`; `now` if `then` is in the future, for example after the clock was set back. [any]
[[nodiscard]] inline std::string format_age(Timestamp then, Timestamp now) {
  // elapsed() saturates, so every pair of times gives an age.
  const std::chrono::nanoseconds age = elapsed(then, now);
  if (age.count() < 0) return "now";
  const std::int64_t seconds = age.count() / detail::kNanosPerSecond;
  // The largest unit whose count is not 0. Days are the largest: months have no fixed length.
  if (seconds < 60) return std::to_string(seconds) + 's';
  if (seconds < 3600) return std::to_string(seconds / 60) + 'm';
  if (seconds < detail::kSecondsPerDay) return std::to_string(seconds / 3600) + 'h';
  return std::to_string(seconds / detail::kSecondsPerDay) + 'd';
}

/// `35s ago`, `2m ago`, `1h ago`, `3d ago`, or `now` as in format_age(). [any]
[[nodiscard]] inline std::string format_relative(Timestamp then, Timestamp now) {
  // `now` gets no `ago`.
  std::string age = format_age(then, now);
  return elapsed(then, now).count() < 0 ? age : age + " ago";
}

}  // namespace atm
