// SPDX-License-Identifier: MIT
// What follows from how full a context is.
#pragma once

#include <atm/domain/context_usage.hpp>
#include <cstdint>
#include <optional>
#include <string>

namespace context {

/// Turns that still fit if they go on as they did: remaining tokens over tokens a turn, rounded down. Absent
/// when nothing can be said: no turn yet, an empty context, or unknown usage.
[[nodiscard]] std::optional<std::int64_t> remaining_turns(const atm::ContextUsage& usage,
                                                          std::int64_t turns) noexcept;

/// How much of the context was read from the cache, 0 to 100. Absent for an empty or unknown context.
[[nodiscard]] std::optional<double> cache_efficiency(const atm::ContextUsage& usage) noexcept;

/// One line for a person; empty when the level is normal.
[[nodiscard]] std::string message(atm::ContextWarningLevel level, double percent);

}  // namespace context
