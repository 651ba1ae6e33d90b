// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>

namespace atm {

/// How long a session has run, and how much of that its model's API took. Milliseconds, as the agent reports
/// them.
struct SessionDuration {
  std::uint64_t total_ms = 0;
  std::uint64_t api_ms = 0;

  /// total − api, not below 0.
  [[nodiscard]] constexpr std::uint64_t overhead_ms() const noexcept {
    return total_ms - std::min(api_ms, total_ms);
  }
  [[nodiscard]] constexpr std::uint64_t total_seconds() const noexcept { return total_ms / 1000; }

  /// The two largest units of whole seconds, an empty second one left out: `35s`, `2m 15s`, `2m`, `1h 30m`,
  /// `25h`.
  [[nodiscard]] std::string str() const {
    const std::uint64_t seconds = total_seconds();
    if (seconds < 60) return compact();
    const bool hours = seconds >= 3600;
    const std::uint64_t rest = hours ? seconds / 60 % 60 : seconds % 60;
    return rest == 0 ? compact() : compact() + ' ' + std::to_string(rest) + (hours ? 'm' : 's');
  }
  /// The largest unit alone: `35s`, `2m`, `1h`.
  [[nodiscard]] std::string compact() const {
    const std::uint64_t seconds = total_seconds();
    if (seconds < 60) return std::to_string(seconds) + 's';
    if (seconds < 3600) return std::to_string(seconds / 60) + 'm';
    return std::to_string(seconds / 3600) + 'h';
  }

  friend constexpr bool operator==(const SessionDuration&, const SessionDuration&) = default;
  friend constexpr SessionDuration operator+(const SessionDuration& a, const SessionDuration& b) noexcept {
    return {saturating_sum(a.total_ms, b.total_ms), saturating_sum(a.api_ms, b.api_ms)};
  }

 private:
  [[nodiscard]] static constexpr std::uint64_t saturating_sum(std::uint64_t a, std::uint64_t b) noexcept {
    std::uint64_t sum = 0;
    return __builtin_add_overflow(a, b, &sum) ? std::numeric_limits<std::uint64_t>::max() : sum;
  }
};

}  // namespace atm
