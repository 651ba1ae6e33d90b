// SPDX-License-Identifier: MIT
// How much of the context window of its model a session uses, as far as the agent reports it.
#pragma once

#include <algorithm>
#include <array>
#include <atm/domain/context_warning_level.hpp>
#include <atm/domain/token_count.hpp>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>

namespace atm {

/// Token counts of a session's context, each possibly unknown.
///
/// Unknown differs from zero: a parser for a vendor without prompt cache reports 0 for the cache counts. The window is
/// that of the newest report; it is never derived from the model's name, because providers and settings change it. All
/// counts are tokens. A value type: not synchronised.
struct ContextUsage {
  /// Verbatim from the agent. Cumulative in early versions, the values of the last response in current ones; therefore
  /// never the occupancy.
  std::optional<std::uint64_t> total_input_tokens;
  std::optional<std::uint64_t> total_output_tokens;
  /// Size of the context window.
  std::optional<std::uint64_t> context_window_size;
  /// Of the last response: input that was not read from the cache, and output.
  std::optional<std::uint64_t> current_input_tokens;
  std::optional<std::uint64_t> current_output_tokens;
  /// Of the last response: tokens written to and read from the prompt cache.
  std::optional<std::uint64_t> cache_creation_tokens;
  std::optional<std::uint64_t> cache_read_tokens;
  std::optional<double> used_percentage;  ///< the agent's own figure, 0 to 100

  /// The occupancy: cache_read + current_input + cache_creation, saturating. Unknown unless all three are known.
  [[nodiscard]] std::optional<std::uint64_t> context_tokens() const noexcept {
    if (!cache_read_tokens || !current_input_tokens || !cache_creation_tokens) return std::nullopt;
    return (TokenCount(*cache_read_tokens) + TokenCount(*current_input_tokens) +
            TokenCount(*cache_creation_tokens))
        .value();
  }
  /// Percentage in use, 0 to 100: the agent's figure if it is finite, else context_tokens() of the window. Unknown if
  /// neither is known or the window is 0.
  [[nodiscard]] std::optional<double> usage_percentage() const noexcept {
    if (used_percentage && std::isfinite(*used_percentage)) return std::clamp(*used_percentage, 0.0, 100.0);
    const auto used = context_tokens();
    if (!used || context_window_size.value_or(0) == 0) return std::nullopt;
    return std::min(static_cast<double>(*used) / static_cast<double>(*context_window_size) * 100, 100.0);
  }
  /// The warning level of the percentage; kNormal while that is unknown.
  [[nodiscard]] ContextWarningLevel level(const ContextThresholds& thresholds = {}) const noexcept {
    return thresholds.level(usage_percentage().value_or(0));
  }
  /// Whether the level is kWarning or kCritical.
  [[nodiscard]] bool is_warning(const ContextThresholds& thresholds = {}) const noexcept {
    return level(thresholds) >= ContextWarningLevel::kWarning;
  }
  [[nodiscard]] bool is_critical(const ContextThresholds& thresholds = {}) const noexcept {
    return level(thresholds) >= ContextWarningLevel::kCritical;
  }
  /// Whether the occupancy is above 200,000 tokens; false while it is unknown.
  [[nodiscard]] bool exceeds_200k() const noexcept { return context_tokens().value_or(0) > 200'000; }
  /// Window minus occupancy, at least 0; unknown unless both are known.
  [[nodiscard]] std::optional<std::uint64_t> remaining_tokens() const noexcept {
    const auto used = context_tokens();
    if (!used || !context_window_size) return std::nullopt;
    return *context_window_size - std::min(*used, *context_window_size);
  }

  /// Display form `19.5% (38K/200K)`. Unknown parts are left out: `19.5%`, `38K`; `-` if all are unknown.
  [[nodiscard]] std::string str() const {
    const auto percent = usage_percentage();
    const auto used = context_tokens();
    if (!used) return percent ? percent_text(*percent, 1) : "-";
    std::string tokens = TokenCount(*used).str();
    if (context_window_size) tokens += '/' + TokenCount(*context_window_size).str();
    return percent ? percent_text(*percent, 1) + " (" + tokens + ')' : tokens;
  }
  /// Display form `19%`, or `-` if the percentage is unknown.
  [[nodiscard]] std::string compact() const {
    const auto percent = usage_percentage();
    return percent ? percent_text(*percent, 0) : "-";
  }

  friend bool operator==(const ContextUsage&, const ContextUsage&) = default;

 private:
  // std::to_chars ignores the locale; printf could write a decimal comma.
  [[nodiscard]] static std::string percent_text(double percent, int decimals) {
    std::array<char, 16> text{};
    const auto end =
        std::to_chars(text.data(), text.data() + text.size(), percent, std::chars_format::fixed, decimals)
            .ptr;
    return std::string(text.data(), end) + '%';
  }
};

}  // namespace atm
