// SPDX-License-Identifier: MIT
// How much of a model's context window a session fills, as far as its agent says.
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

/// Every field may be unknown, and unknown is not zero: a parser whose vendor has no prompt cache reports 0
/// for it. The window is that of the newest report, never remembered from the model's name.
struct ContextUsage {
  // Cumulative in early clients, the last response's in current ones: kept as reported, never the occupancy.
  std::optional<std::uint64_t> total_input_tokens;
  std::optional<std::uint64_t> total_output_tokens;
  std::optional<std::uint64_t> context_window_size;
  std::optional<std::uint64_t> current_input_tokens;
  std::optional<std::uint64_t> current_output_tokens;
  std::optional<std::uint64_t> cache_creation_tokens;
  std::optional<std::uint64_t> cache_read_tokens;
  std::optional<double> used_percentage;  ///< the agent's own figure

  /// cache_read + current_input + cache_creation, saturating; unknown unless all three are known.
  [[nodiscard]] std::optional<std::uint64_t> context_tokens() const noexcept {
    if (!cache_read_tokens || !current_input_tokens || !cache_creation_tokens) return std::nullopt;
    return (TokenCount(*cache_read_tokens) + TokenCount(*current_input_tokens) +
            TokenCount(*cache_creation_tokens))
        .value();
  }
  /// 0 to 100: the agent's own figure first, else context_tokens of the window. Unknown if neither can be
  /// had.
  [[nodiscard]] std::optional<double> usage_percentage() const noexcept {
    if (used_percentage && std::isfinite(*used_percentage)) return std::clamp(*used_percentage, 0.0, 100.0);
    const auto used = context_tokens();
    if (!used || context_window_size.value_or(0) == 0) return std::nullopt;
    return std::min(static_cast<double>(*used) / static_cast<double>(*context_window_size) * 100, 100.0);
  }
  /// Normal while the percentage is unknown.
  [[nodiscard]] ContextWarningLevel level(const ContextThresholds& thresholds = {}) const noexcept {
    return thresholds.level(usage_percentage().value_or(0));
  }
  [[nodiscard]] bool is_warning(const ContextThresholds& thresholds = {}) const noexcept {
    return level(thresholds) >= ContextWarningLevel::kWarning;
  }
  [[nodiscard]] bool is_critical(const ContextThresholds& thresholds = {}) const noexcept {
    return level(thresholds) >= ContextWarningLevel::kCritical;
  }
  [[nodiscard]] bool exceeds_200k() const noexcept { return context_tokens().value_or(0) > 200'000; }
  /// window − context_tokens, not below 0.
  [[nodiscard]] std::optional<std::uint64_t> remaining_tokens() const noexcept {
    const auto used = context_tokens();
    if (!used || !context_window_size) return std::nullopt;
    return *context_window_size - std::min(*used, *context_window_size);
  }

  /// `19.5% (38K/200K)`; without what is unknown: `19.5%`, `38K`; `-` if all is.
  [[nodiscard]] std::string str() const {
    const auto percent = usage_percentage();
    const auto used = context_tokens();
    if (!used) return percent ? percent_text(*percent, 1) : "-";
    std::string tokens = TokenCount(*used).str();
    if (context_window_size) tokens += '/' + TokenCount(*context_window_size).str();
    return percent ? percent_text(*percent, 1) + " (" + tokens + ')' : tokens;
  }
  /// `19%`, or `-`.
  [[nodiscard]] std::string compact() const {
    const auto percent = usage_percentage();
    return percent ? percent_text(*percent, 0) : "-";
  }

  friend bool operator==(const ContextUsage&, const ContextUsage&) = default;

 private:
  // to_chars, unlike printf, knows no locale and so no decimal comma.
  [[nodiscard]] static std::string percent_text(double percent, int decimals) {
    std::array<char, 16> text{};
    const auto end =
        std::to_chars(text.data(), text.data() + text.size(), percent, std::chars_format::fixed, decimals)
            .ptr;
    return std::string(text.data(), end) + '%';
  }
};

}  // namespace atm
