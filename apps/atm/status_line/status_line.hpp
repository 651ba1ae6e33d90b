// SPDX-License-Identifier: MIT
// atm status-line: prints the line below the input box of Claude Code.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "command.hpp"
#include "status_input.hpp"

namespace atm::cli {

enum class Colour : std::uint8_t { kAuto, kAlways, kNever };

struct StatusLineOptions {
  std::optional<std::string> format;  // absent: that of the file, else the default
  Colour colour = Colour::kAuto;
  bool check = false;
  std::function<SpentBySession(std::string_view session)> spent{};  // from the ledger; empty: without it
  std::function<void(const StatusInput& input)>
      keep_limits{};  // stores what the vendor reported; may be empty
};

/// Prints a line for any input, because Claude Code blanks the row of a command that fails. With `check` it reads no
/// input and shows an example; an invalid format is kFailed.
[[nodiscard]] ExitCode run_status_line(const Global& global, const StatusLineOptions& options);

}  // namespace atm::cli
