// SPDX-License-Identifier: MIT
// The commands that show an earlier time. No daemon is needed.
#pragma once

#include <optional>
#include <string>

#include "command.hpp"

namespace atm::cli {

struct ReplayOptions {
  std::string file;  ///< an export, which is played instead of the history; empty: none
  std::string since = "-1h";
  std::string until;            ///< empty: now
  std::optional<double> speed;  ///< seconds of the history for each second; absent: without pauses
  WatchOptions watch;
  bool is_steered = false;  ///< see run_steered_replay()
};

[[nodiscard]] ExitCode run_replay(const ReplayOptions& options);
/// For the dashboard. The standard input has lines `at TIME` and `before TIME` (RFC 3339): the sessions at a time, or at
/// the newest change before it. Each is answered by `ok`, or by `error`; then the messages of `atm replay --json` follow
/// until the next line, with `replay` and `"ended":true` after the newest input (WIRE-T4).
[[nodiscard]] ExitCode run_steered_replay();
[[nodiscard]] ExitCode run_list_at(const std::string& at, const ListOptions& options);
[[nodiscard]] ExitCode run_show_at(const std::string& at, const ShowOptions& options);
[[nodiscard]] ExitCode run_explain_at(const std::string& at, const ExplainOptions& options);

}  // namespace atm::cli
