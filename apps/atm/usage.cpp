// SPDX-License-Identifier: MIT
#include "usage.hpp"

#include <cctype>
#include <vector>

#include "command.hpp"
#include "nearest_word.hpp"

namespace atm::cli {

namespace {

std::vector<std::string> commands_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands(nullptr)) names.push_back(command->get_name());
  return names;
}

const CLI::App* command_named(const CLI::App& app, const std::string& name) {
  for (const CLI::App* command : app.get_subcommands(nullptr)) {
    if (command->get_name() == name) return command;
  }
  return nullptr;
}

std::string unknown_command(const CLI::App& app, const std::string& name) {
  const std::string nearest = nearest_word(name, commands_of(app));
  return "unknown command '" + name + "'" +
         (nearest.empty() ? ", expected one of those in atm --help"
                          : "; did you mean '" + nearest + "'? see atm --help");
}

}  // namespace

std::string exit_code_table() {
  return "Exit codes:\n"
         "    0  success\n"
         "    1  not found, refused, or a problem found by doctor\n"
         "    2  invalid command line\n"
         "    3  no daemon answers, and none can be started\n"
         "    4  wait: timed out\n"
         "    5  wait: the session ended before the condition held\n"
         "    6  cost: above the limit of --fail-over\n"
         "   74  the output cannot be written\n"
         "  130  wait: interrupted by a signal";
}

void describe_help(CLI::App& app, std::string& command) {
  auto* help = app.add_subcommand("help", "print the help of a command");
  help->add_option("command", command, "a command; without it, the list of commands");
}

ExitCode print_help(const CLI::App& app, const std::string& command) {
  if (command.empty())
    return print(app.get_formatter()->make_help(&app, app.get_name(), CLI::AppFormatMode::Normal));
  const CLI::App* const described = command_named(app, command);
  return described == nullptr ? complain_of_usage(unknown_command(app, command))
                              : print(described->help(app.get_name()));
}

ExitCode end_of_parsing(const CLI::App& app, const CLI::ParseError& error, const std::string& first) {
  const auto parsed = app.get_subcommands();
  const std::string command = parsed.empty() ? "" : parsed.front()->get_name();
  const std::string help = "atm " + command + (command.empty() ? "--help" : " --help");
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success))
    return print(error.get_name() == "CallForVersion" ? std::string(error.what()) + "\n" : app.help());
  if (command.empty() && !first.empty() && first.front() != '-')
    return complain_of_usage(unknown_command(app, first));
  std::string what = error.what();
  if (what.size() > 1 && what[1] >= 'a') what[0] = static_cast<char>(std::tolower(what[0]));
  while (!what.empty() && (what.back() == '\n' || what.back() == '.')) what.pop_back();
  return complain_of_usage(what + "; see " + help);
}

}  // namespace atm::cli
