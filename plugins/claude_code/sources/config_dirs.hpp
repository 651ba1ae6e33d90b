// SPDX-License-Identifier: MIT
// The configuration directories of Claude Code, which contain `sessions` and `projects`.
#pragma once

#include <atm/plugin/processes.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace claude_code {

/// One spelling per directory: resolves links in the existing part, without a final slash. Empty if `path` is not
/// absolute.
[[nodiscard]] std::string config_dir(std::string_view path);

/// The directory of an agent process with this environment: $CLAUDE_CONFIG_DIR, else ~/.claude. Empty: neither is
/// known.
[[nodiscard]] std::string default_config_dir();

struct RunningClient {
  std::int64_t pid = 0;
  std::uint64_t start_ticks = 0;
  std::string config_dir;  ///< empty: unknown
};

/// The running agent processes of this user. One without CLAUDE_CONFIG_DIR uses `default_dir`.
[[nodiscard]] std::vector<RunningClient> running_clients(const atm::Processes& processes,
                                                         const std::string& default_dir);

}  // namespace claude_code
