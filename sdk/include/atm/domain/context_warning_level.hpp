// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string_view>

namespace atm {

/// How full a context window is, in ascending order; the enumerators compare with <.
enum class ContextWarningLevel : std::uint8_t { kNormal, kElevated, kWarning, kCritical };

/// Thresholds in percent of the window, 0 to 100. A level begins at its threshold. The values must ascend; level()
/// tests the highest first.
struct ContextThresholds {
  /// Begin of kElevated.
  double elevated = 60;
  /// Begin of kWarning; ContextUsage::is_warning() is true from here.
  double warning = 80;
  /// Begin of kCritical; is_critical() is true from here.
  double critical = 90;

  /// The level of a percentage. [any]
  [[nodiscard]] constexpr ContextWarningLevel level(double percent) const noexcept {
    if (percent >= critical) return ContextWarningLevel::kCritical;
    if (percent >= warning) return ContextWarningLevel::kWarning;
    if (percent >= elevated) return ContextWarningLevel::kElevated;
    return ContextWarningLevel::kNormal;
  }

  friend constexpr bool operator==(const ContextThresholds&, const ContextThresholds&) = default;
};

/// The lower-case name: `normal`, `elevated`, `warning`, `critical`. Any other value gives `critical`. [any]
[[nodiscard]] constexpr std::string_view context_warning_name(ContextWarningLevel level) noexcept {
  // A switch without default: the compiler reports an enumerator that is not handled.
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
