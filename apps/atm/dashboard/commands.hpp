// SPDX-License-Identifier: MIT
// The command line of the dashboard: the actions by name, commands with an argument, and commands of atm that print.
#pragma once

#include <atm/domain/error.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bindings.hpp"

namespace atm::cli {

struct Command {
  enum class Kind : std::uint8_t {
    kAction,
    kJump,         // to the session `argument`; empty: the selected one
    kAcknowledge,  // the same
    kFilter,       // `argument`: the terms; empty: none
    kSave,         // the filter under the name `argument`
    kUse,          // the saved filter `argument`
    kForget,       // the saved filter `argument`
    kTheme,        // `argument`: its name
    kSort,         // `argument`: the word of the order
    kAt,           // `argument`: the time to show
    kPrint,        // `argument`: words of a command of atm, whose output is shown
  };
  Kind kind = Kind::kAction;
  Action action{};
  std::string argument{};
};

/// kInvalidField: the message names the command that was probably meant.
[[nodiscard]] Result<Command> parse_command(std::string_view text, const Bindings& bindings);

/// What arguments may be.
struct CommandWords {
  std::vector<std::string> sessions{};
  std::vector<std::string> themes{};
  std::vector<std::string> orders{};
  std::vector<std::string> saved{};
};

struct Completion {
  std::string text;                     ///< the line with what all candidates share
  std::vector<std::string> candidates;  ///< sorted
};
[[nodiscard]] Completion complete(std::string_view text, const Bindings& bindings, const CommandWords& words);

}  // namespace atm::cli
