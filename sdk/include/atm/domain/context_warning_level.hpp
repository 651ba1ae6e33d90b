// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string_view>

namespace atm {

/// How full a context is, from least to most alarming.
enum class ContextWarningLevel : std::uint8_t { kNormal, kElevated, kWarning, kCritical };

/// Percent of the window, 0 to 100; a level begins at its threshold.
struct ContextThresholds {
  double elevated = 60;
  double warning = 80;
  double critical = 90;

  [[nodiscard]] constexpr ContextWarningLevel level(double percent) const noexcept {
    if (percent >= critical) return ContextWarningLevel::kCritical;
    if (percent >= warning) return ContextWarningLevel::kWarning;
    if (percent >= elevated) return ContextWarningLevel::kElevated;
    return ContextWarningLevel::kNormal;
  }

  friend constexpr bool operator==(const ContextThresholds&, const ContextThresholds&) = default;
};

/// `normal`, `elevated`, `warning`, `critical`.
[[nodiscard]] constexpr std::string_view context_warning_name(ContextWarningLevel level) noexcept {
  switch (level) {
    case ContextWarningLevel::kNormal:
      return "normal";
    case ContextWarningLevel::kElevated:
      return "elevated";
    case ContextWarningLevel::kWarning:
      return "warning";
    case ContextWarningLevel::kCritical:
      break;
  }
  return "critical";
}

}  // namespace atm
