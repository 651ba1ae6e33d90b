// SPDX-License-Identifier: MIT
#include <string>

#include "command_line.hpp"

namespace atm::cli {

namespace {

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
  const auto add_until = [&](CLI::App* one) {
    one->add_option("--until", options.until, "end (default: now)")->type_name("TIME");
  };
  const auto add_times = [&](CLI::App* one) {
    one->add_option("--since", options.since, times("start: "))->type_name("TIME");
    add_until(one);
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
    } else if (std::string(question.name) == "versions") {
      add_until(one);
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
  add_times(scenario);
  add_sessions(scenario);
  scenario->add_flag("--redact", options.is_redacted,
                     "replace ids, directories and other names by pseudonyms");
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
  auto* since = replay->add_option("--since", options.since, times("start: "))
                    ->type_name("TIME")
                    ->capture_default_str();
  auto* until = replay->add_option("--until", options.until, "end (default: now)")->type_name("TIME");
  replay->add_option("file", options.file, "an output of atm history export, instead of the history")
      ->type_name("FILE")
      ->excludes(since)
      ->excludes(until);
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

}  // namespace

void describe_past(CLI::App& app, CommandLine& line) {
  describe_history(app, line);
  describe_replay(app, line);
  describe_import(app, line);
}

}  // namespace atm::cli
