// SPDX-License-Identifier: MIT
// Where the client keeps its configuration, and in it `sessions` and `projects`.
#pragma once

#include <atm/plugin/processes.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace claude_code {

/// One spelling for each directory: links followed as far as it exists, no slash at the end. Empty when `path` is
/// not absolute.
[[nodiscard]] std::string config_dir(std::string_view path);

/// That of a client started from this environment: $CLAUDE_CONFIG_DIR, else ~/.claude. Empty: neither is
/// known.
[[nodiscard]] std::string default_config_dir();

struct RunningClient {
  std::int64_t pid = 0;
  std::uint64_t start_ticks = 0;
  std::string config_dir;  ///< empty: not known
};

/// The clients of this user that run now. One without CLAUDE_CONFIG_DIR uses `default_dir`.
[[nodiscard]] std::vector<RunningClient> running_clients(const atm::Processes& processes,
                                                         const std::string& default_dir);

}  // namespace claude_code
