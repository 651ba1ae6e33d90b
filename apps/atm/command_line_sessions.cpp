// SPDX-License-Identifier: MIT
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "command_line.hpp"
#include "cost/spent.hpp"
#include "doctor/manifest_checks.hpp"

namespace atm::cli {

namespace {

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

void describe_wait(CLI::App& app, CommandLine& line) {
  auto* wait = app.add_subcommand("wait", "wait until a session needs you, is idle, or has ended");
  auto* which = wait->add_option_group("session")->require_option(1);
  line.names_session(which->add_option("id", line.wait.id, kSessionId));
  which->add_flag_callback(
      "--any", [] {}, "any session");
  line.add_word<Until>(
          wait, "--until", line.wait.until,
          {{"needs-input", Until::kNeedsInput}, {"idle", Until::kIdle}, {"ended", Until::kEnded}},
          "condition: needs-input, idle or ended")
      ->required()
      ->type_name("WORD");
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

  // The dashboard asks at each frame.
  const auto known = std::make_shared<std::map<std::string, AgentReports, std::less<>>>();
  line.explain.reports_of = [known](std::string_view agent) {
    const auto found = known->find(agent);
    if (found != known->end()) return found->second;
    const auto directories = doctor::agent_directories("");
    const AgentReports reports{doctor::capability_of(directories, agent, "interrupt"),
                               doctor::capability_of(directories, agent, "permission_resolved")};
    return known->emplace(std::string(agent), reports).first->second;
  };
  line.dashboard.reports_of = line.explain.reports_of;
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

}  // namespace

void describe_sessions(CLI::App& app, CommandLine& line) {
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
}

}  // namespace atm::cli
