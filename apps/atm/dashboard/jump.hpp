// SPDX-License-Identifier: MIT
// Takes the user to the terminal of a session. It types nothing there.
#pragma once

#include <atm/protocol/session.hpp>
#include <string>
#include <vector>

#include "command.hpp"

namespace atm::cli {

struct JumpPlan {
  std::vector<std::string> command;  ///< command[0] is looked up in PATH
  bool takes_terminal = false;       ///< the command runs in this terminal until the user leaves it
};

/// The command that shows the tmux pane of a session. `tmux`: the value of TMUX in this terminal; empty: none.
/// kUnsupported: the terminal is unknown or not in tmux; the message states what to do instead.
[[nodiscard]] Result<JumpPlan> plan_jump(const protocol::Session& session, const std::string& tmux);

/// Runs the command and waits for its end. The error contains its first line of output.
[[nodiscard]] Result<void> run_jump(const JumpPlan& plan);

struct JumpOptions {
  std::string id;
};
/// atm jump ID
[[nodiscard]] ExitCode run_jump_command(const Global& global, const JumpOptions& options);

}  // namespace atm::cli
