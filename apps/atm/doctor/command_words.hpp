// SPDX-License-Identifier: MIT
// Commands of the client's settings: which of our programs they run.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace atm::cli::doctor {

/// The words of a POSIX shell command, quotes taken away; operators part words and are none. Nothing is expanded.
[[nodiscard]] std::vector<std::string> command_words(std::string_view command);

struct OurCommand {
  std::vector<std::string> programs{};  ///< each once, as it is written: a path, or a name
  bool is_status_line = false;
};

/// What of a command is ours: atm-hook, the shell scripts in its place, or `atm status-line`; also within the
/// command that `--then` hands on.
[[nodiscard]] OurCommand our_part(std::string_view command);

}  // namespace atm::cli::doctor
