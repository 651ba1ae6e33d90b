// SPDX-License-Identifier: MIT
// The exit codes of atm (docs/operate/cli.md).
#pragma once

namespace atm::cli {

enum ExitCode : int {
  kOk = 0,
  kFailed = 1,       // not found, or refused by the daemon
  kUsage = 2,        // invalid command line
  kUnreachable = 3,  // no daemon answers
  kTimeUp = 4,       // of wait: timed out
  kOver = 5,         // of wait: the session had already ended
  kOverLimit = 6,    // of cost: the list price is above --fail-over
  kUnwritten = 74,   // the output cannot be written (EX_IOERR of sysexits.h)
  kInterrupted = 130,
};

}  // namespace atm::cli
