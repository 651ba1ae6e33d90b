// SPDX-License-Identifier: MIT
// atm: shows the sessions of the agents on this machine to users and scripts.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <atm/posix/standard_files.hpp>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <history/time_words.hpp>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "command.hpp"
#include "completion.hpp"
#include "cost/cost.hpp"
#include "cost/limits.hpp"
#include "cost/spent.hpp"
#include "dashboard.hpp"
#include "doctor/doctor.hpp"
#include "doctor/manifest_checks.hpp"
#include "history/history.hpp"
#include "history/replay.hpp"
#include "import/import.hpp"
#include "jump.hpp"
#include "keys.hpp"
#include "plain.hpp"
#include "setup/setup.hpp"
#include "setup/trust.hpp"
#include "status_line/status_line.hpp"
#include "terminal.hpp"
#include "tmux.hpp"
#include "usage.hpp"

namespace {

using namespace atm::cli;

std::string times(std::string_view before) {
  return std::string(before) + std::string(atm::history::kTimeForms);
}

constexpr const char* kSessionId = "session id, or a unique beginning or end of one";

struct CommandLine {
  Global global;
  ListOptions list;
  WatchOptions watch;
  ShowOptions show;
  ExplainOptions explain;
  WaitOptions wait;
  AckOptions ack;
  ReportOptions plugins;
  ReportOptions stats;
  KeysOptions keys;
  StatusLineOptions status_line;
  DoctorOptions doctor{false, ATM_VERSION};
  SetupOptions setup;
  TrustOptions trust;
  HistoryOptions history;
  std::string at;  ///< of list, show, explain and watch; empty: now
  ReplayOptions replay;
  ImportOptions import_options;
  bool is_look = false;  ///< the user sees the sessions
  CostOptions cost;
  std::string cost_explain;
  bool cost_dry_run = false;
  PricesOptions prices;
  DashboardOptions dashboard;
  JumpOptions jump;
  SegmentOptions segment;
  std::string helped;  // a command; empty: all
  std::function<ExitCode()> run;

  ValuesOf values;
  void names_session(const CLI::Option* option) {
    values[option] = [this](std::string_view typed) { return session_candidates(global, typed); };
  }
};

ExitCode show_changes(CommandLine& line) {
  if (!line.at.empty()) {
    line.replay.since = line.at;
    line.replay.speed = 1;
    line.replay.watch = line.watch;
    return run_replay(line.replay);
  }
  const bool is_limited = line.watch.json || line.watch.count || line.watch.seconds;
  return !is_limited && can_show_dashboard() ? run_dashboard(line.global, line.dashboard)
                                             : run_watch(line.global, line.watch);
}

template <class Value>
std::vector<std::string> keys_of(const std::map<std::string, Value>& words) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : words) keys.push_back(key);
  return keys;
}

// Without a command.
ExitCode show_sessions(const CommandLine& line) {
  const DashboardOptions& options = line.dashboard;
  if (options.dump.empty() && !options.is_popup && (options.is_plain || wants_plain()))
    return run_plain(line.global);
  if (can_show_dashboard() || !options.dump.empty() || options.is_popup)
    return run_dashboard(line.global, options);
  return run_list(line.global, line.list);
}

void describe_wait(CLI::App& app, CommandLine& line) {
  static const std::map<std::string, Until> kWords{
      {"needs-input", Until::kNeedsInput}, {"idle", Until::kIdle}, {"ended", Until::kEnded}};
  auto* wait = app.add_subcommand("wait", "wait until a session needs you, is idle, or has ended");
  auto* which = wait->add_option_group("session")->require_option(1);
  line.names_session(which->add_option("id", line.wait.id, kSessionId));
  which->add_flag_callback(
      "--any", [] {}, "any session");
  wait->add_option_function<std::string>(
          "--until", [&line](const std::string& word) { line.wait.until = kWords.at(word); },
          "condition: needs-input, idle or ended")
      ->required()
      ->type_name("WORD")
      ->check(one_of(keys_of(kWords)));
  line.values[wait->get_option("--until")] = values_of(keys_of(kWords));
  wait->add_option("--timeout", line.wait.seconds, "maximum number of seconds to wait")
      ->type_name("N")
      ->check(in_range(0, 1e9));
  wait->add_flag("--json", line.wait.json, "print the session object");
  wait->callback([&line] { line.run = [&line] { return run_wait(line.global, line.wait); }; });
}

void add_at(CLI::App* command, CommandLine& line, const std::string& help) {
  command->add_option("--at", line.at, help)->type_name("TIME");
}

void describe_one(CLI::App& app, CommandLine& line) {
  const std::string earlier = times("an earlier time: ") + "; needs no daemon";
  line.show.spent = [](std::string_view session) { return spent_by_session(cost_paths(), session, true); };
  auto* show = app.add_subcommand("show", "show all facts about one session");
  line.names_session(show->add_option("id", line.show.id, kSessionId)->required());
  show->add_flag("--json", line.show.json, "print the session object");
  add_at(show, line, earlier);
  show->callback([&line] {
    line.run = [&line] {
      return line.at.empty() ? run_show(line.global, line.show) : run_show_at(line.at, line.show);
    };
  });

  line.explain.reports_interruption = [](std::string_view agent) {
    return doctor::capability_of(doctor::agent_directories(""), agent, "interrupt") == "exact";
  };
  auto* explain = app.add_subcommand("explain", "explain the status of a session and what would change it");
  line.names_session(explain->add_option("id", line.explain.id, kSessionId)->required());
  explain->add_flag("--json", line.explain.json,
                    "print the members of the session object that explain the status");
  add_at(explain, line, earlier);
  explain->callback([&line] {
    line.run = [&line] {
      return line.at.empty() ? run_explain(line.global, line.explain) : run_explain_at(line.at, line.explain);
    };
  });

  auto* ack = app.add_subcommand("ack", "acknowledge the attention of a session");
  line.names_session(ack->add_option("id", line.ack.id, kSessionId)->required());
  ack->callback([&line] {
    line.is_look = true;
    line.run = [&line] { return run_ack(line.global, line.ack); };
  });
  auto* jump = app.add_subcommand("jump", "go to the terminal of a session");
  line.names_session(jump->add_option("id", line.jump.id, kSessionId)->required());
  jump->callback([&line] { line.run = [&line] { return run_jump_command(line.global, line.jump); }; });
}

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
  static const std::map<std::string, Colour> kWords{
      {"auto", Colour::kAuto}, {"always", Colour::kAlways}, {"never", Colour::kNever}};
  auto* status = app.add_subcommand("status-line",
                                    "print a status line from Claude Code's status JSON on standard input");
  line.status_line.spent = [](std::string_view session) { return spent_by_session(cost_paths(), session); };
  line.status_line.keep_limits = [](const StatusInput& input) {
    keep_limits(ledger_path(), limits_of(input.five_hour_percent, input.five_hour_resets_at,
                                         input.seven_day_percent, input.seven_day_resets_at));
  };
  status->add_option("--format", line.status_line.format,
                     "format text (default: the file atm/status-line in the configuration directory)");
  status
      ->add_option_function<std::string>(
          "--color", [&line](const std::string& word) { line.status_line.colour = kWords.at(word); },
          "auto, always or never")
      ->type_name("WHEN")
      ->check(one_of(keys_of(kWords)));
  line.values[status->get_option("--color")] = values_of(keys_of(kWords));
  status->add_flag("--check", line.status_line.check,
                   "read no input; print the format with example values and report its errors");
  status->callback(
      [&line] { line.run = [&line] { return run_status_line(line.global, line.status_line); }; });
}

void describe_setup(CLI::App& app, CommandLine& line) {
  SetupOptions& options = line.setup;
  auto* setup = app.add_subcommand("setup",
                                   "connect an agent: add hooks, and for Claude Code a status line, to its "
                                   "settings; without an agent, list the agents");
  auto* what = setup->add_option(
      "what", options.what,
      "claude, another agent such as codex, tmux, status (show what is set up) or autostart");
  line.values[what] = [](std::string_view typed) { return values_of(setup_words())(typed); };
  setup->add_flag("--remove", options.remove, "undo the setup and restore the previous state");
  setup->add_flag("--autostart", options.autostart, "start the daemon automatically when it is needed");
  setup->add_flag("--all", options.all, "every agent whose program is in PATH");
  setup->add_flag("--dry-run", options.dry_run, "show the changes and write nothing");
  setup->add_option("--project", options.project, "change the settings of this project instead of your own")
      ->type_name("DIR");
  setup->add_flag("--no-status-line", options.no_status_line, "add only the hooks");
  setup->add_flag("--http", options.http,
                  "use HTTP hooks where Claude Code supports them: see http.md in the documentation");
  setup->add_option("--hook", options.hook, "path of the installed atm-hook (default: beside atm)")
      ->type_name("PATH");
  setup->add_flag("--json", options.json, "with status: print a JSON object");
  setup->add_option("--managed", options.managed)->group("");
  setup->callback([&line] {
    if (line.setup.what.empty() && line.setup.autostart && !line.setup.all) line.setup.what = "autostart";
    line.run = [&line] { return run_setup(line.setup); };
  });
}

void describe_plugin(CLI::App& app, CommandLine& line) {
  auto* plugin = app.add_subcommand("plugin", "decide what the manifests of yours may do");
  plugin->require_subcommand(1);
  auto* trust = plugin->add_subcommand(
      "trust",
      "let a manifest of yours name files that ATM reads and writes; without a manifest, list yours");
  trust->add_option("manifest", line.trust.what, "name or file of a manifest");
  trust->add_flag("--remove", line.trust.remove, "end the trust");
  trust->callback([&line] { line.run = [&line] { return run_trust(line.trust); }; });
}

void describe_history(CLI::App& app, CommandLine& line) {
  HistoryOptions& options = line.history;
  auto* history =
      app.add_subcommand("history", "answer questions about the past; see history.md in the documentation");
  history->require_subcommand(0, 1);
  history
      ->add_option("--directory", options.directory,
                   "directory of history.db (default: that of the configuration)")
      ->type_name("DIR");
  history->callback([&line] {
    if (line.history.command.empty()) line.history.command = "since";
    line.run = [&line] { return run_history(line.global, line.history); };
  });
  const auto add = [&](const char* name, const char* help) {
    auto* one = history->add_subcommand(name, help);
    one->parse_complete_callback([&options, name] { options.command = name; });
    return one;
  };
  const auto add_format = [&](CLI::App* one) {
    auto* json = one->add_flag("--json", options.json, "print a JSON array of objects");
    one->add_flag("--csv", options.csv, "print comma-separated values")->excludes(json);
  };
  const auto add_times = [&](CLI::App* one) {
    one->add_option("--since", options.since, times("start: "))->type_name("TIME");
    one->add_option("--until", options.until, "end (default: now)")->type_name("TIME");
  };
  const auto add_sessions = [&](CLI::App* one) {
    one->add_option("--project", options.project, "part of the directory")->type_name("TEXT");
    line.names_session(one->add_option("--session", options.session, kSessionId)->type_name("ID"));
  };
  const auto add_range = [&](CLI::App* one) {
    add_times(one);
    add_sessions(one);
    add_format(one);
  };
  add_range(history);
  for (const HistoryQuestion& question : history_questions()) {
    auto* one = add(question.name, question.help);
    if (std::string(question.name) == "at") {
      one->add_option("time", options.at, times(""))->required();
      line.names_session(one->add_option("id", options.session, kSessionId));
      add_format(one);
    } else {
      add_range(one);
    }
  }
  auto* losses = add("losses", "when no daemon ran, and what the history lacks");
  add_times(losses);
  add_format(losses);
  auto* timeline = add("timeline", "what ran at the same time: one line for each session");
  add_times(timeline);
  add_sessions(timeline);
  auto* scenario = add("export", "print the observations of a time as a scenario, for a bug report");
  add_range(scenario);
  scenario->add_flag("--redact", options.is_redacted, "replace ids, directories and hosts by pseudonyms");
  add("verify", "check every row of the history");
  add("backup", "copy the history into a new file")
      ->add_option("file", options.text, "new file")
      ->required()
      ->type_name("FILE");
  auto* forget = add("forget", "delete the inputs of a session, a project or a time from the history");
  line.names_session(forget->add_option("--session", options.session, kSessionId)->type_name("ID"));
  forget->add_option("--project", options.project, "part of the directory")->type_name("TEXT");
  forget->add_option("--before", options.until, "delete only the inputs that arrived before this time")
      ->type_name("TIME");
  add("reindex", "make index.db again from the history");
  add("schema", "print the tables of index.db");
  auto* sql = add("sql", "run a SELECT on index.db");
  sql->add_option("statement", options.text, "SELECT ...")->required();
  add_format(sql);
}

void describe_replay(CLI::App& app, CommandLine& line) {
  ReplayOptions& options = line.replay;
  auto* replay = app.add_subcommand("replay", "show the changes of an earlier time again; needs no daemon");
  replay->add_option("--since", options.since, times("start: "))->type_name("TIME")->capture_default_str();
  replay->add_option("--until", options.until, "end (default: now)")->type_name("TIME");
  replay
      ->add_option("--speed", options.speed,
                   "play N seconds of the history in one second (default: without delays)")
      ->type_name("N")
      ->check(in_range(0.001, 1e9));
  replay->add_option("--count", options.watch.count, "end after this number of changes")
      ->type_name("N")
      ->check(in_range(1, 1e9));
  replay->add_flag("--json", options.watch.json, "print the daemon's messages, one object per line");
  replay->add_flag("--steered", options.is_steered)->group("");
  replay->callback([&line] {
    line.run = [&line] { return line.replay.is_steered ? run_steered_replay() : run_replay(line.replay); };
  });
}

void describe_import(CLI::App& app, CommandLine& line) {
  ImportOptions& options = line.import_options;
  auto* command =
      app.add_subcommand("import", "add the turns of existing Claude Code transcripts to the history");
  command->add_option("--since", options.since, times("leave out older lines: "))
      ->type_name("TIME")
      ->capture_default_str();
  command
      ->add_option("--directory", options.directory,
                   "directory of history.db (default: that of the configuration)")
      ->type_name("DIR");
  command->add_flag("--dry-run", options.dry_run, "print what would be added and write nothing");
  command->add_flag("--json", options.json, "print a JSON object");
  command->callback([&line] { line.run = [&line] { return run_import(line.import_options); }; });
}

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

void describe_reports(CLI::App& app, CommandLine& line) {
  auto* plugins = app.add_subcommand("plugins", "list the daemon's plugins and their problems");
  plugins->add_flag("--json", line.plugins.json, "print a JSON array");
  plugins->callback([&line] { line.run = [&line] { return run_plugins(line.global, line.plugins); }; });

  auto* stats = app.add_subcommand("stats", "print the daemon's counters");
  stats->add_flag("--json", line.stats.json, "print a JSON object");
  stats->callback([&line] { line.run = [&line] { return run_stats(line.global, line.stats); }; });

  auto* keys =
      app.add_subcommand("keys", "create a key pair for ZeroMQ over TCP and print how to configure it");
  keys->add_option("--out", line.keys.directory,
                   "directory of the two files (default: keys/ beside atm.toml)")
      ->type_name("DIR");
  keys->add_option("--name", line.keys.name, "name of the two files")->capture_default_str();
  keys->add_flag("--show-secret", line.keys.show_secret, "also print the secret key");
  keys->callback([&line] { line.run = [&line] { return run_keys(line.keys); }; });

  auto* doctor = app.add_subcommand("doctor", "find out why sessions are missing, and list the remedies");
  doctor->add_flag("--json", line.doctor.json, "print a JSON object");
  doctor->callback([&line] { line.run = [&line] { return run_doctor(line.global, line.doctor); }; });

  describe_setup(app, line);
  describe_plugin(app, line);

  auto* ping = app.add_subcommand("ping", "check whether the daemon answers, and print the response time");
  ping->callback([&line] { line.run = [&line] { return run_ping(line.global); }; });
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

  app.add_option("--dump", line.dashboard.dump, "print one frame of the dashboard as text")->type_name("WxH");
  app.add_flag("--popup", line.dashboard.is_popup, "open the dashboard, and quit it after a jump");

  app.add_flag("--plain", line.dashboard.is_plain,
               "the dashboard as lines of text, for screen readers and simple terminals");

  line.list.spent = [] { return spent_by_session(cost_paths()); };
  auto* list = app.add_subcommand("list", "list every session; those that need you come first");
  list->add_flag("--json", line.list.json, "print a JSON array of the session objects");
  add_at(list, line, times("an earlier time: ") + "; needs no daemon");
  list->callback([&line] {
    line.is_look = line.at.empty();
    line.run = [&line] {
      return line.at.empty() ? run_list(line.global, line.list) : run_list_at(line.at, line.list);
    };
  });

  auto* watch = app.add_subcommand(
      "watch", "show the changes of the sessions, until Ctrl-C; on a terminal, the dashboard");
  watch->add_flag("--json", line.watch.json, "print the daemon's messages, one object per line");
  watch->add_option("--count", line.watch.count, "end after this number of changes")
      ->type_name("N")
      ->check(in_range(1, 1e9));
  watch->add_option("--for", line.watch.seconds, "end after this number of seconds")
      ->type_name("N")
      ->check(in_range(0, 1e9));
  add_at(watch, line, "show the changes since an earlier time again, at their speed; needs no daemon");
  watch->callback([&line] {
    line.is_look = line.at.empty();
    line.run = [&line] { return show_changes(line); };
  });

  describe_one(app, line);
  describe_wait(app, line);

  describe_tmux(app, line);
  describe_status_line(app, line);
  describe_cost(app, line);
  describe_reports(app, line);
  describe_history(app, line);
  describe_replay(app, line);
  describe_import(app, line);
  describe_help(app, line.helped);
  app.get_subcommand("help")->callback([&] { line.run = [&] { return print_help(app, line.helped); }; });
  add_exit_codes(app);
  std::vector<std::string> commands;
  for (const CLI::App* command : app.get_subcommands(nullptr)) commands.push_back(command->get_name());
  line.values[app.get_subcommand("help")->get_option("command")] = values_of(std::move(commands));
  line.run = [&line] { return show_sessions(line); };
}

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
