// SPDX-License-Identifier: MIT
#include "command_line.hpp"

namespace atm::cli {

void describe_cost(CLI::App& app, CommandLine& line) {
  const char* const zone = "time zone of the days, such as Europe/Berlin (default: local time)";
  CostOptions& options = line.cost;
  auto* cost = app.add_subcommand("cost", "show what the agents spent at list price; needs no daemon");
  cost->add_option(
          "--by", options.by,
          "one or two of day, week, month, session, project, worktree, branch, model, agent, subagent, "
          "tool-server, window")
      ->delimiter(',')
      ->type_name("WORD");
  line.values[cost->get_option("--by")] = values_of(cost_dimensions());
  cost->add_option("--since", options.since, times("the first day contains this time: "))->type_name("TIME");
  cost->add_option("--until", options.until, "the last day contains this time")->type_name("TIME");
  cost->add_option("--tz", options.zone, zone)->type_name("ZONE");
  auto* json = cost->add_flag("--json", options.json, "print a JSON object");
  auto* csv = cost->add_flag("--csv", options.csv, "print comma-separated values")->excludes(json);
  auto* fail_over =
      cost->add_option("--fail-over", options.fail_over, "exit with 6 if the total is above this amount")
          ->type_name("USD");
  cost->add_flag("--live", options.live,
                 "show the amounts again whenever they change, until Ctrl-C; without a terminal, once")
      ->excludes(json)
      ->excludes(csv)
      ->excludes(fail_over);
  auto* explain = cost->add_subcommand("explain", "show how the amount of a response or session is computed");
  line.names_session(explain
                         ->add_option("id", line.cost_explain,
                                      "id of a response, or session id, or a unique beginning or end of one")
                         ->required());
  auto* audit = cost->add_subcommand("audit", "list what is uncertain, unpriced, copied or not counted");
  auto* reprice = cost->add_subcommand("reprice", "compute every amount again with the current prices");
  reprice->add_flag("--dry-run", line.cost_dry_run, "show the change and store nothing");
  cost->require_subcommand(0, 1);
  cost->callback([&line, explain, audit, reprice] {
    line.run = [&line, explain, audit, reprice] {
      if (reprice->parsed()) return run_cost_reprice(line.cost_dry_run);
      if (explain->parsed()) return run_cost_explain(line.cost_explain);
      return audit->parsed() ? run_cost_audit() : run_cost(line.cost);
    };
  });

  auto* prices =
      app.add_subcommand("prices", "show the prices of the models, with their first days and sources");
  prices->add_option("model", line.prices.model, "a model (default: all)");
  prices->add_option("--at", line.prices.at, times("only the prices of the day of this time: "))
      ->type_name("TIME");
  auto* check = prices->add_subcommand("check", "check your price files");
  prices->require_subcommand(0, 1);
  prices->callback([&line, check] {
    line.run = [&line, check] { return check->parsed() ? run_prices_check() : run_prices(line.prices); };
  });
}

}  // namespace atm::cli
