// SPDX-License-Identifier: MIT
// Starts other programs and reads their output.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace atm::cli {

struct ProcessResult {
  bool in_time = false;  ///< the program ended by itself; otherwise the other members are unset
  int code = -1;         ///< 128 and the signal if a signal ended it
  std::string output;    ///< both outputs, the first 16 KiB
};

enum class TerminalUse : std::uint8_t {
  kNone,  ///< the input is `input`; both outputs are captured; a process group of its own
  kOpens,  ///< the same in this process group: the kernel stops a program of another group that sets up /dev/tty
  kTakes,  ///< the terminal is its input and its output; only the errors are captured
};

/// Starts `command[0]`, which is looked up in PATH, with no signal blocked. Captured output goes to the descriptor
/// `output`. `input`: -1 is an empty input. `environment` holds NAME=VALUE strings. Returns the process id, or -1 with errno.
[[nodiscard]] pid_t start_program(std::vector<std::string> command, std::vector<std::string> environment,
                                  int output, TerminalUse use = TerminalUse::kNone, int input = -1);

/// The environment of this process without the variable `name`.
[[nodiscard]] std::vector<std::string> environment_without(std::string_view name);

/// Runs `command[0]` without input, and kills it with its children when the time is up.
[[nodiscard]] ProcessResult run_program(std::vector<std::string> command, std::chrono::milliseconds time);

}  // namespace atm::cli
