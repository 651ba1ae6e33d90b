// SPDX-License-Identifier: MIT
// atm: shows the sessions of the agents on this machine to users and scripts.
#include <CLI/CLI.hpp>
#include <atm/posix/standard_files.hpp>
#include <cstdio>
#include <exception>
#include <string_view>

#include "command_line.hpp"
#include "completion.hpp"
#include "terminal.hpp"
#include "usage.hpp"

namespace {

using namespace atm::cli;

int run(int argc, char** argv) {
  CLI::App app{
      "Shows what the AI coding agents on this machine do. Without a command, atm opens the dashboard on a "
      "terminal,\n"
      "else it prints the list."};
  CommandLine line;
  describe(app, line);
  if (argc > 1 && std::string_view(argv[1]) == "complete")
    return print_candidates(app, line.values, {argv + 2, argv + argc}, line.global);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return end_of_parsing(app, error, argc > 1 ? argv[1] : "");
  }
  if (app.get_subcommands().empty()) line.is_look = true;
  const int code = line.run();
  if (line.is_look && output_is_terminal()) note_look();
  return code;
}

}  // namespace

int main(int argc, char** argv) try {
  if (!atm::posix::open_standard_files()) return kFailed;
  return run(argc, argv);
} catch (const std::exception& error) {
  std::fprintf(stderr, "atm: %s\n", error.what());
  return kFailed;
}
