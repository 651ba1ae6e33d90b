// SPDX-License-Identifier: MIT
// Parses one line of a transcript.
#pragma once

#include <atm/json.hpp>
#include <atm/plugin/interfaces.hpp>
#include <cstdint>
#include <optional>

namespace claude_code {

/// Whether the line is of a kind that may contain information; many others have no time.
[[nodiscard]] bool may_tell(const atm::json::Value& line) noexcept;

/// The line's own time, as nanoseconds of Unix time.
[[nodiscard]] std::optional<std::int64_t> time_of(const atm::json::Value& line) noexcept;

/// Emits the turns, tool uses and compactions of the line, each with `recorded`. `head` has session, origin and time.
/// kSkip if there are none.
atm::Status emit_transcript(const atm::json::Value& line, const atm::ObservationHead& head,
                            const atm::ObservationSink& sink);

}  // namespace claude_code
