// SPDX-License-Identifier: MIT
#include "usage.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <string_view>
#include <utility>
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

bool needs_daemon(std::string_view command) {
  constexpr std::array kOthers{"cost",   "help",   "history", "import", "keys",
                               "prices", "replay", "segment", "setup",  "status-line"};
  return std::find(kOthers.begin(), kOthers.end(), command) == kOthers.end();
}

std::string unknown_command(const CLI::App& app, const std::string& name) {
  const std::string nearest = nearest_word(name, commands_of(app));
  return "unknown command '" + name + "'" +
         (nearest.empty() ? ", expected one of those in atm --help"
                          : "; did you mean '" + nearest + "'? see atm --help");
}

std::string exit_code_table(std::string_view command) {
  const bool is_all = command.empty();
  const bool is_wait = command == "wait";
  const std::string wait = is_all ? "wait: " : "";
  std::string table = "Exit codes:\n    0  success\n";
  if (command == "doctor") {
    table += "    1  a warning or an error was found\n";
  } else {
    table += std::string("    1  ") +
             (is_all ? "not found, refused, or a problem found by doctor\n" : "not found or refused\n");
  }
  table += "    2  invalid command line\n";
  if (command == "doctor") {
    table += "    3  no daemon answers, and autostart is off\n";
  } else if (is_all || needs_daemon(command)) {
    table += "    3  no daemon answers, and none can be started\n";
  }
  if (is_all || is_wait) {
    table += "    4  " + wait + "timed out\n    5  " + wait + "the session ended before the condition held\n";
  }
  if (is_all || command == "cost")
    table += std::string("    6  ") + (is_all ? "cost: " : "") + "above the limit of --fail-over\n";
  table += "   74  the output cannot be written";
  if (is_all || is_wait) table += "\n  130  " + wait + "interrupted by a signal";
  return table;
}

}  // namespace

CLI::Validator one_of(std::vector<std::string> words) {
  return {[words = std::move(words)](std::string& found) -> std::string {
            if (std::find(words.begin(), words.end(), found) != words.end()) return {};
            std::string expected = words.front();
            for (std::size_t i = 1; i < words.size(); ++i)
              expected += (i + 1 == words.size() ? " or " : ", ") + words[i];
            return "found " + found + ", expected " + expected;
          },
          ""};
}

CLI::Validator in_range(double low, double high) {
  return {[low, high](std::string& found) -> std::string {
            double value = 0;
            if (CLI::detail::lexical_cast(found, value) && value >= low && value <= high) return {};
            char expected[80];
            std::snprintf(expected, sizeof expected, ", expected a number from %.10g to %.10g", low, high);
            return "found " + found + expected;
          },
          ""};
}

void add_exit_codes(CLI::App& app) {
  app.footer(exit_code_table(""));
  for (CLI::App* command : app.get_subcommands(nullptr)) {
    const std::string codes = exit_code_table(command->get_name());
    command->footer(codes);
    for (CLI::App* nested : command->get_subcommands(nullptr)) nested->footer(codes);
  }
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
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr)
    what = "found" + what.substr(what.find(':') + 1) + ", expected no such argument";
  if (what.size() > 1 && what[1] >= 'a') what[0] = static_cast<char>(std::tolower(what[0]));
  while (!what.empty() && (what.back() == '\n' || what.back() == '.')) what.pop_back();
  return complain_of_usage(what + "; see " + help);
}

}  // namespace atm::cli
