// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace atm::cli::doctor {

struct ProcessResult {
  bool in_time = false;  ///< it ended by itself; what follows holds then only
  int code = -1;         ///< 128 and the signal, if one ended it
  std::string output;    ///< both outputs, the first 16 KiB
};

/// Runs `command[0]`, a path, with nothing to read, and ends it with its children when the time is up.
[[nodiscard]] ProcessResult run_program(std::vector<std::string> command, std::chrono::milliseconds time);

}  // namespace atm::cli::doctor
