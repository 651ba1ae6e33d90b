// SPDX-License-Identifier: MIT
#include "outlook.hpp"

#include <algorithm>

namespace context {

std::optional<std::int64_t> remaining_turns(const atm::ContextUsage& usage, std::int64_t turns) noexcept {
  const auto used = usage.context_tokens();
  const auto remaining = usage.remaining_tokens();
  if (!used || !remaining || *used == 0 || turns <= 0) return std::nullopt;
  const double average = static_cast<double>(*used) / static_cast<double>(turns);
  const double fit = static_cast<double>(*remaining) / average;
  constexpr double kMost = 1e9;  // larger numbers are not meaningful
  return static_cast<std::int64_t>(std::min(fit, kMost));
}

std::optional<double> cache_efficiency(const atm::ContextUsage& usage) noexcept {
  const auto used = usage.context_tokens();
  if (!used || *used == 0) return std::nullopt;
  return static_cast<double>(*usage.cache_read_tokens) / static_cast<double>(*used) * 100;
}

std::string message(atm::ContextWarningLevel level, double percent) {
  if (level == atm::ContextWarningLevel::kNormal) return {};
  std::string text = "context is " + std::to_string(static_cast<int>(percent)) + "% full";
  if (level == atm::ContextWarningLevel::kCritical) text += "; compact it or start a new session";
  return text;
}

}  // namespace context
