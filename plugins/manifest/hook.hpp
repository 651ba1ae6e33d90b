// SPDX-License-Identifier: MIT
#pragma once

#include <atm/json.hpp>
#include <atm/plugin/interfaces.hpp>
#include <string>
#include <string_view>

#include "rules.hpp"

namespace manifest {

/// Of a session or an actor.
inline constexpr std::size_t kMaxIdBytes = 256;

/// Turns one payload into an observation by the rules of a table. Refuses a payload without session or event. `is_log`:
/// the payload is a line of a file that the agent writes; its context has `session`, and `actor` for a subagent. [any]
atm::Status parse_event(std::string_view agent, const EventTable& table, bool is_log,
                        const atm::Record& record, const atm::json::Value& payload,
                        const atm::ObservationSink& sink, atm::ErrorText& error);

/// Emits `process.bound` with the process and terminal of a record, if they are known. `head` has session, agent and
/// time.
atm::Status emit_process_bound(atm::Attrs context, bool is_sole, const atm::ObservationHead& head,
                               const atm::ObservationSink& sink);

/// "CHANNEL: found FOUND, expected WANTED; REMEDY".
atm::Status refuse(atm::ErrorText& error, std::string_view channel, std::string_view found,
                   std::string_view wanted, std::string_view remedy);

[[nodiscard]] std::string_view kind_of(const atm::json::Value* value) noexcept;

}  // namespace manifest
