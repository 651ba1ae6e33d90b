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

/// One process for good, within one boot: a pid alone is used again.
struct ProcessId {
  std::int64_t pid = 0;
  std::uint64_t start_ticks = 0;

  auto operator<=>(const ProcessId&) const = default;
};

/// The processes that a session object (docs/specs/protocol.md, the session) says it runs in, if they can be
/// watched from here: not those of an ended session, of another host or PID namespace, or one whose start is unknown.
[[nodiscard]] std::set<ProcessId> processes_of(const atm::json::Value& session, std::string_view this_host);

/// The same of an observation object of type process.bound.
[[nodiscard]] std::optional<ProcessId> process_bound_by(const atm::json::Value& observation,
                                                        std::string_view this_host);

/// As uname(2) names this machine, which is what the senders of hooks send.
[[nodiscard]] std::string host_name();

}  // namespace processes
