// SPDX-License-Identifier: MIT
// Help and errors of the command line.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "exit_code.hpp"

namespace atm::cli {

/// Checks that the value is one of these words.
[[nodiscard]] CLI::Validator one_of(std::vector<std::string> words);
/// Checks that the value is a number from `low` to `high`, both included.
[[nodiscard]] CLI::Validator in_range(double low, double high);

/// Adds the exit codes to the help of `app` and of its subcommands, each with its own.
void add_exit_codes(CLI::App& app);

/// Adds the subcommand `help [COMMAND]`.
void describe_help(CLI::App& app, std::string& command);
/// Prints the help of `command`, or of `app` if it is empty.
[[nodiscard]] ExitCode print_help(const CLI::App& app, const std::string& command);

/// Prints what the exception of CLI::App::parse() requests: the help, the version, or an error. `first` is the first
/// word of the command line.
[[nodiscard]] ExitCode end_of_parsing(const CLI::App& app, const CLI::ParseError& error,
                                      const std::string& first);

}  // namespace atm::cli
