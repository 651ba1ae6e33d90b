// SPDX-License-Identifier: MIT
// The process that replays one recorded agent process.
#pragma once

#include <chrono>
#include <string>

#include "recording.hpp"

namespace atm::replay {

using Clock = std::chrono::steady_clock;

/// Shared by all agent processes of a run.
struct Script {
  std::string hook;          // path of atm-hook
  std::string agent;         // its --agent
  std::string process_name;  // the name in the process table
  std::string socket;        // ATM_SOCKET; empty: inherited
  double speed = 1;
  bool hold = false;
};

/// Runs in the forked child and does not return: replays the steps of `client`, each at `start` + its time / speed or
/// once the previous one has ended, closes `done_fd` (after one byte if a hook did not exit with 0), and exits. If the
/// script says hold and the recording continues, it waits for a signal of its parent first. `number` distinguishes the
/// agent processes of a run: it is their tmux pane.
[[noreturn]] void play_client(const Client& client, const Script& script, Clock::time_point start,
                              unsigned number, int done_fd) noexcept;

}  // namespace atm::replay
