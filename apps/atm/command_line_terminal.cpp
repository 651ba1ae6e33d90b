// SPDX-License-Identifier: MIT
#include <string_view>

#include "command_line.hpp"
#include "cost/limits.hpp"
#include "cost/spent.hpp"

namespace atm::cli {

namespace {

void describe_tmux(CLI::App& app, CommandLine& line) {
  auto* segment =
      app.add_subcommand("segment", "print how many sessions need you, work and are done, for a status bar");
  segment->add_flag("--tmux", line.segment.is_tmux, "with colours for tmux's status-right");
  segment->callback([&line] { line.run = [&line] { return run_segment(line.global, line.segment); }; });
  app.add_subcommand("menu", "show a tmux menu of the sessions that need you")->callback([&line] {
    line.run = [&line] { return run_menu(line.global); };
  });
  app.add_subcommand("popup", "open the dashboard in a tmux popup")->callback([&line] {
    line.run = [&line] { return run_popup(line.global); };
  });
}

void describe_status_line(CLI::App& app, CommandLine& line) {
  auto* status = app.add_subcommand("status-line",
                                    "print a status line from Claude Code's status JSON on standard input");
  line.status_line.spent = [](std::string_view session) { return spent_by_session(cost_paths(), session); };
  line.status_line.keep_limits = [](const StatusInput& input) {
    keep_limits(ledger_path(), limits_of(input.five_hour_percent, input.five_hour_resets_at,
                                         input.seven_day_percent, input.seven_day_resets_at));
  };
  status->add_option("--format", line.status_line.format,
                     "format text (default: the file atm/status-line in the configuration directory)");
  line.add_word<Colour>(status, "--color", line.status_line.colour,
                        {{"auto", Colour::kAuto}, {"always", Colour::kAlways}, {"never", Colour::kNever}},
                        "auto, always or never")
      ->type_name("WHEN");
  status->add_flag("--check", line.status_line.check,
                   "read no input; print the format with example values and report its errors");
  status->callback(
      [&line] { line.run = [&line] { return run_status_line(line.global, line.status_line); }; });
}

}  // namespace

void describe_terminal(CLI::App& app, CommandLine& line) {
  describe_tmux(app, line);
  describe_status_line(app, line);
}

}  // namespace atm::cli
