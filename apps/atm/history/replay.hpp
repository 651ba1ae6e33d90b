// SPDX-License-Identifier: MIT
// The commands that show an earlier time. No daemon is needed.
#pragma once

#include <optional>
#include <string>

#include "command.hpp"

namespace atm::cli {

struct ReplayOptions {
  std::string since = "-1h";
  std::string until;            ///< empty: now
  std::optional<double> speed;  ///< seconds of the history for each second; absent: without pauses
  WatchOptions watch;
};

[[nodiscard]] ExitCode run_replay(const ReplayOptions& options);
[[nodiscard]] ExitCode run_list_at(const std::string& at, const ListOptions& options);
[[nodiscard]] ExitCode run_show_at(const std::string& at, const ShowOptions& options);
[[nodiscard]] ExitCode run_explain_at(const std::string& at, const ExplainOptions& options);

}  // namespace atm::cli
