// SPDX-License-Identifier: MIT
// Facts derived from the usage of a context window.
#pragma once

#include <atm/domain/context_usage.hpp>
#include <cstdint>
#include <optional>
#include <string>

namespace context {

/// Turns that fit at the average size so far: remaining tokens divided by tokens per turn, rounded down. Absent without
/// a turn, for an empty context, and for unknown usage.
[[nodiscard]] std::optional<std::int64_t> remaining_turns(const atm::ContextUsage& usage,
                                                          std::int64_t turns) noexcept;

/// The share of the context that was read from the cache, 0 to 100. Absent for an empty or unknown context.
[[nodiscard]] std::optional<double> cache_efficiency(const atm::ContextUsage& usage) noexcept;

/// One line for the user; empty if the level is normal.
[[nodiscard]] std::string message(atm::ContextWarningLevel level, double percent);

}  // namespace context
