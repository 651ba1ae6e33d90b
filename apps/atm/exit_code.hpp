// SPDX-License-Identifier: MIT
// What atm says to the shell (docs/operate/cli.md).
#pragma once

namespace atm::cli {

enum ExitCode : int {
  kOk = 0,
  kFailed = 1,       // nothing found, or the daemon refused
  kUsage = 2,        // the command line
  kUnreachable = 3,  // no daemon answers
  kTimeUp = 4,       // of wait
  kOver = 5,         // of wait: the session was over before
  kInterrupted = 130,
};

}  // namespace atm::cli
