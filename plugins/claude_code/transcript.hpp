// SPDX-License-Identifier: MIT
// One line of a transcript, the client's own record of a session: what happened earlier.
#pragma once

#include <atm/json.hpp>
#include <atm/plugin/interfaces.hpp>
#include <cstdint>
#include <optional>

namespace claude_code {

/// Whether the line is of a kind that can say something; most are not, and some of those have no time.
[[nodiscard]] bool may_tell(const atm::json::Value& line) noexcept;

/// The line's own time, as nanoseconds of Unix time.
[[nodiscard]] std::optional<std::int64_t> time_of(const atm::json::Value& line) noexcept;

/// Emits what the line says of turns, tools and compactions, each with `recorded`. `head` gives session, origin and
/// time. kSkip when it says nothing.
atm::Status emit_transcript(const atm::json::Value& line, const atm::ObservationHead& head,
                            const atm::ObservationSink& sink);

}  // namespace claude_code
