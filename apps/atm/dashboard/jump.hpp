// SPDX-License-Identifier: MIT
// Takes the user to the terminal of a session. It types nothing there.
#pragma once

#include <atm/protocol/session.hpp>
#include <string>
#include <vector>

#include "agent_terminal.hpp"
#include "command.hpp"

namespace atm::cli {

struct JumpPlan {
  std::vector<std::string> command;  ///< command[0] is looked up in PATH
  bool takes_terminal = false;       ///< the command runs in this terminal until the user leaves it
  std::string variable{};            ///< NAME=value for its environment; empty: none
  std::string notice{};              ///< what the user still has to do
  std::string remedy{};              ///< what may be wrong if the command fails
};

/// The command that shows the terminal of a session. `tmux`: the value of TMUX in this terminal; empty: none.
/// `terminal`: that of the agent; `own`: this one. kUnsupported: the message states what to do instead.
[[nodiscard]] Result<JumpPlan> plan_jump(const protocol::Session& session, const std::string& tmux,
                                         const AgentTerminal& terminal, const AgentTerminal& own);
/// The same for the process of the agent and this terminal.
[[nodiscard]] Result<JumpPlan> plan_jump(const protocol::Session& session);

/// Runs the command and waits for its end. The error contains its first line of output.
[[nodiscard]] Result<void> run_jump(const JumpPlan& plan);

struct JumpOptions {
  std::string id;
};
/// atm jump ID
[[nodiscard]] ExitCode run_jump_command(const Global& global, const JumpOptions& options);

}  // namespace atm::cli
