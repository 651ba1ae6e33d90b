// SPDX-License-Identifier: MIT
// atm status-line: what Claude Code shows below its input box.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "command.hpp"

namespace atm::cli {

enum class Colour : std::uint8_t { kAuto, kAlways, kNever };

struct StatusLineOptions {
  std::optional<std::string> format;  // absent: the file's, else the default
  Colour colour = Colour::kAuto;
  bool check = false;
};

/// Prints a line whatever it is given: the client blanks the row of a command that fails. With `check` it reads
/// no input, shows an example, and a format that has a problem is kFailed.
[[nodiscard]] ExitCode run_status_line(const Global& global, const StatusLineOptions& options);

}  // namespace atm::cli
