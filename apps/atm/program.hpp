// SPDX-License-Identifier: MIT
// Starts other programs and reads their output.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace atm::cli {

struct ProcessResult {
  bool in_time = false;  ///< the program ended by itself; otherwise the other members are unset
  int code = -1;         ///< 128 and the signal if a signal ended it
  std::string output;    ///< both outputs, the first 16 KiB
};

/// Starts `command[0]`, a path, in a process group of its own, without input, with no signal blocked. Both outputs of
/// the program go to the descriptor `output`. `environment` holds NAME=VALUE strings. Returns the process id, or -1
/// after an error.
[[nodiscard]] pid_t start_program(std::vector<std::string> command, std::vector<std::string> environment,
                                  int output);

/// The environment of this process without the variable `name`.
[[nodiscard]] std::vector<std::string> environment_without(std::string_view name);

/// Runs `command[0]`, a path, without input, and kills it with its children when the time is up.
[[nodiscard]] ProcessResult run_program(std::vector<std::string> command, std::chrono::milliseconds time);

}  // namespace atm::cli
