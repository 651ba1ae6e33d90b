// SPDX-License-Identifier: MIT
#pragma once

#include <atm/json.hpp>
#include <atm/plugin/processes.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sources/pid_domain.hpp"

namespace claude_code {

/// One process for good, within one boot: a pid alone is used again.
struct ProcessClaim {
  std::int64_t pid = 0;
  std::uint64_t start_ticks = 0;

  /// That very process, if it runs.
  [[nodiscard]] std::optional<atm::Process> living(const atm::Processes& processes) const;

  bool operator==(const ProcessClaim&) const = default;
};

/// What an entry of the client's registry, `<config>/sessions/<pid>.json`, says of where it belongs.
struct SessionEntry {
  ProcessClaim process;
  std::string session;
  std::string cwd;
  std::optional<PidDomain> domain{};
  std::int64_t updated_ms = 0;  ///< 0: not known
};

/// Where the process of an entry is, seen from here.
struct Whereabouts {
  std::optional<atm::Process> process{};  ///< it runs, and is visible here
  std::optional<std::int64_t> pid_ns{};  ///< of the entry's pid where that is not our namespace; 0: not known
  bool is_foreign = false;               ///< it is not visible here, and may run all the same
};

/// An entry without a domain that names no process here may be of another PID namespace, or left behind: it is
/// taken for the former while it is younger than ten minutes.
[[nodiscard]] Whereabouts locate(const SessionEntry& entry, const atm::Processes& processes,
                                 const PidDomain& own, std::int64_t wall_ns);

/// Nothing when the content is no entry: torn while its writer was at work, or not the client's.
[[nodiscard]] std::optional<SessionEntry> read_entry(std::string_view content, atm::json::Reader& reader);

}  // namespace claude_code
