// SPDX-License-Identifier: MIT
#pragma once

#include <atm/json.hpp>
#include <atm/plugin/processes.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

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
};

/// Nothing when the content is no entry: torn while its writer was at work, or not the client's.
[[nodiscard]] std::optional<SessionEntry> read_entry(std::string_view content, atm::json::Reader& reader);

}  // namespace claude_code
