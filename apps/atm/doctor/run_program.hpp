// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace atm::cli::doctor {

struct ProcessResult {
  bool in_time = false;  ///< it ended by itself; otherwise the other members are unset
  int code = -1;         ///< 128 and the signal if a signal ended it
  std::string output;    ///< both outputs, the first 16 KiB
};

/// Runs `command[0]`, a path, without input, and kills it with its children when the time is up.
[[nodiscard]] ProcessResult run_program(std::vector<std::string> command, std::chrono::milliseconds time);

}  // namespace atm::cli::doctor
