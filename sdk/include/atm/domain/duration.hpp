// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>

namespace atm {

/// Running time of a session, and the part of it that the model's API took. Milliseconds, as the agent reports them;
/// both are 0 until the first report, and api_ms may exceed total_ms.
struct SessionDuration {
  /// Wall time of the session.
  std::uint64_t total_ms = 0;
  /// Time in which the agent waited for the model's API.
  std::uint64_t api_ms = 0;

  /// total_ms - api_ms, at least 0.
  [[nodiscard]] constexpr std::uint64_t overhead_ms() const noexcept {
    return total_ms - std::min(api_ms, total_ms);
  }
  /// Whole seconds, truncated.
  [[nodiscard]] constexpr std::uint64_t total_seconds() const noexcept { return total_ms / 1000; }

  /// Display form: the two largest units, truncated to seconds; a second unit of 0 is left out. `35s`, `2m 15s`, `2m`,
  /// `1h 30m`, `25h`.
  [[nodiscard]] std::string str() const {
    const std::uint64_t seconds = total_seconds();
    if (seconds < 60) return compact();
    const bool hours = seconds >= 3600;
    const std::uint64_t rest = hours ? seconds / 60 % 60 : seconds % 60;
    return rest == 0 ? compact() : compact() + ' ' + std::to_string(rest) + (hours ? 'm' : 's');
  }
  /// Display form: the largest unit only, truncated. `35s`, `2m`, `1h`.
  [[nodiscard]] std::string compact() const {
    const std::uint64_t seconds = total_seconds();
    if (seconds < 60) return std::to_string(seconds) + 's';
    if (seconds < 3600) return std::to_string(seconds / 60) + 'm';
    return std::to_string(seconds / 3600) + 'h';
  }

  friend constexpr bool operator==(const SessionDuration&, const SessionDuration&) = default;
  /// Adds member by member, saturating.
  friend constexpr SessionDuration operator+(const SessionDuration& a, const SessionDuration& b) noexcept {
    return {saturating_sum(a.total_ms, b.total_ms), saturating_sum(a.api_ms, b.api_ms)};
  }

 private:
  /// The sum, or the greatest value if it does not fit.
  [[nodiscard]] static constexpr std::uint64_t saturating_sum(std::uint64_t a, std::uint64_t b) noexcept {
    std::uint64_t sum = 0;
    return __builtin_add_overflow(a, b, &sum) ? std::numeric_limits<std::uint64_t>::max() : sum;
  }
};

}  // namespace atm
