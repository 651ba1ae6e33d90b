// SPDX-License-Identifier: MIT
#include "command_line.hpp"

#include <cstdlib>
#include <history/time_words.hpp>
#include <utility>
#include <vector>

#include "plain.hpp"
#include "usage.hpp"

namespace atm::cli {

namespace {

// Without a command.
ExitCode show_sessions(const CommandLine& line) {
  const DashboardOptions& options = line.dashboard;
  if (options.dump.empty() && !options.is_popup && (options.is_plain || wants_plain()))
    return run_plain(line.global, options.reports_of);
  if (can_show_dashboard() || !options.dump.empty() || options.is_popup)
    return run_dashboard(line.global, options);
  return run_list(line.global, line.list);
}

}  // namespace

std::string times(std::string_view before) {
  return std::string(before) + std::string(atm::history::kTimeForms);
}

void describe(CLI::App& app, CommandLine& line) {
  app.name("atm");
  app.set_version_flag("--version", "atm " ATM_VERSION);
  app.add_option("--socket", line.global.socket,
                 "socket of the daemon (default: ATM_SOCKET, else the default paths)")
      ->type_name("PATH");
  app.require_subcommand(0, 1);
  app.fallthrough();
  app.add_flag_callback(
      "--utc", [] { setenv("TZ", "UTC0", 1); }, "print times in UTC (default: the local time zone)");

  line.dashboard.connected_agents = connected_agents;
  app.add_option("--dump", line.dashboard.dump, "print one frame of the dashboard as text")->type_name("WxH");
  app.add_flag("--popup", line.dashboard.is_popup, "open the dashboard, and quit it after a jump");
  app.add_flag("--plain", line.dashboard.is_plain,
               "the dashboard as lines of text, for screen readers and simple terminals");

  describe_sessions(app, line);
  describe_terminal(app, line);
  describe_cost(app, line);
  describe_installation(app, line);
  describe_past(app, line);
  describe_help(app, line.helped);
  app.get_subcommand("help")->callback([&] { line.run = [&] { return print_help(app, line.helped); }; });
  add_exit_codes(app);
  std::vector<std::string> commands;
  for (const CLI::App* command : app.get_subcommands(nullptr)) commands.push_back(command->get_name());
  line.values[app.get_subcommand("help")->get_option("command")] = values_of(std::move(commands));
  line.run = [&line] { return show_sessions(line); };
}

}  // namespace atm::cli
