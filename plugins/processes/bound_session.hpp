// SPDX-License-Identifier: MIT
#pragma once

#include <atm/json.hpp>
#include <compare>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace processes {

/// Identifies a process within one boot, even if its PID is reused.
struct ProcessId {
  std::int64_t pid = 0;
  std::uint64_t start_ticks = 0;

  auto operator<=>(const ProcessId&) const = default;
};

/// The processes in a session object (docs/specs/protocol.md, the session) that can be watched from here: not those of
/// an ended session, of another host or PID namespace, or with an unknown start time.
[[nodiscard]] std::set<ProcessId> processes_of(const atm::json::Value& session, std::string_view this_host);

/// The same for an observation object of type process.bound. A process that only shows the session is not one of it.
[[nodiscard]] std::optional<ProcessId> process_bound_by(const atm::json::Value& observation,
                                                        std::string_view this_host);

/// The name of this machine from uname(2), as hooks send it.
[[nodiscard]] std::string host_name();

}  // namespace processes
