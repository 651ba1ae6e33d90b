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

/// Identifies a process within one boot, even if its PID is reused.
struct ProcessClaim {
  std::int64_t pid = 0;
  std::uint64_t start_ticks = 0;

  /// The process, if it runs.
  [[nodiscard]] std::optional<atm::Process> living(const atm::Processes& processes) const;

  bool operator==(const ProcessClaim&) const = default;
};

/// The parts of a session file, `<config>/sessions/<pid>.json`, that identify its process.
struct SessionEntry {
  ProcessClaim process;
  std::string session;
  std::string cwd;
  std::optional<PidDomain> domain{};
  std::int64_t updated_ms = 0;  ///< 0: unknown
};

/// The location of a file's process, seen from here.
struct Whereabouts {
  std::optional<atm::Process> process{};  ///< it runs, and is visible here
  std::optional<std::int64_t> pid_ns{};   ///< of the file's PID, if it is not our namespace; 0: unknown
  bool is_foreign = false;                ///< invisible here, but possibly running
};

/// A file without a domain and without a visible process may belong to another PID namespace or be left behind: it
/// counts as the former while it is younger than ten minutes.
[[nodiscard]] Whereabouts locate(const SessionEntry& entry, const atm::Processes& processes,
                                 const PidDomain& own, std::int64_t wall_ns);

/// Nothing if the content is torn or not a session file.
[[nodiscard]] std::optional<SessionEntry> read_entry(std::string_view content, atm::json::Reader& reader);

}  // namespace claude_code
