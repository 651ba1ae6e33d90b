// SPDX-License-Identifier: MIT
// Commands in Claude Code's settings: the programs of ATM that they run.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace atm::cli::doctor {

/// The words of a POSIX shell command without quotes; operators separate words. Nothing is expanded.
[[nodiscard]] std::vector<std::string> command_words(std::string_view command);

struct OurCommand {
  std::vector<std::string> programs{};  ///< each once, as written: a path or a name
  bool is_status_line = false;
};

/// The programs of ATM in a command: atm-hook, its shell scripts, or `atm status-line`; also inside the command of
/// `--then`.
[[nodiscard]] OurCommand our_part(std::string_view command);

}  // namespace atm::cli::doctor
