// SPDX-License-Identifier: MIT
// The process that plays one recorded client.
#pragma once

#include <chrono>
#include <string>

#include "recording.hpp"

namespace atm::replay {

using Clock = std::chrono::steady_clock;

/// What all clients of a run share.
struct Script {
  std::string hook;          // path of atm-hook
  std::string agent;         // its --agent
  std::string process_name;  // what the client is called in the process table
  std::string socket;        // ATM_SOCKET; empty: as inherited
  double speed = 1;
  bool hold = false;
};

/// Runs in the forked child and does not return: plays the steps of `client`, each at `start` + its time /
/// speed or as soon as the one before is over, closes `done_fd` (after a byte, if a hook did not exit with
/// 0), and exits. A client that goes on in the recording waits for its parent's signal first when the script
/// says hold. `number` tells the clients of one run apart: it is their tmux pane.
[[noreturn]] void play_client(const Client& client, const Script& script, Clock::time_point start,
                              unsigned number, int done_fd) noexcept;

}  // namespace atm::replay
