// SPDX-License-Identifier: MIT
// The candidates that a shell offers for the next word of a command line of atm (packaging/completions).
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "command.hpp"

namespace atm::cli {

struct Candidate {
  std::string word;
  std::string description;  ///< may be empty
};

/// The values of an option or positional; `typed` is the beginning of the word.
using Values = std::function<std::vector<Candidate>(std::string_view typed)>;
/// An option without an entry has no candidates, or paths if its type name is DIR, FILE or PATH.
using ValuesOf = std::map<const CLI::Option*, Values>;

[[nodiscard]] Values values_of(std::vector<std::string> words);

/// The sessions of the daemon, in the order of `atm list`; none if no daemon answers. Ids that a shell would interpret
/// are left out.
[[nodiscard]] std::vector<Candidate> session_candidates(const Global& global, std::string_view typed);

/// `words` are the words of the command line after `atm`; the last one is completed and may be empty. Prints a line
/// `WORD<tab>DESCRIPTION` for each candidate, or the line `:files` or `:directories`. Sets the socket of `global` if the
/// words name one.
[[nodiscard]] ExitCode print_candidates(const CLI::App& app, const ValuesOf& values,
                                        const std::vector<std::string>& words, Global& global);

}  // namespace atm::cli
