// SPDX-License-Identifier: MIT
// Help and errors of the command line.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "exit_code.hpp"

namespace atm::cli {

/// The text below `atm --help`.
[[nodiscard]] std::string exit_code_table();

/// Adds the subcommand `help [COMMAND]`.
void describe_help(CLI::App& app, std::string& command);
/// Prints the help of `command`, or of `app` if it is empty.
[[nodiscard]] ExitCode print_help(const CLI::App& app, const std::string& command);

/// Prints what the exception of CLI::App::parse() requests: the help, the version, or an error. `first` is the first
/// word of the command line.
[[nodiscard]] ExitCode end_of_parsing(const CLI::App& app, const CLI::ParseError& error,
                                      const std::string& first);

}  // namespace atm::cli
