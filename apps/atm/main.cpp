// SPDX-License-Identifier: MIT
// atm: the sessions of the agents on this machine, for people and for scripts.
#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <functional>
#include <map>
#include <string>

#include "command.hpp"
#include "doctor/doctor.hpp"
#include "keys.hpp"
#include "setup/setup.hpp"
#include "status_line/status_line.hpp"

namespace {

using namespace atm::cli;

// A socket must not become the standard output of a program that was started without one.
void open_missing_standard_files() {
  int fd = 0;
  do {
    fd = open("/dev/null", O_RDWR);
  } while (fd >= 0 && fd <= STDERR_FILENO);
  if (fd >= 0) close(fd);
}

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
  std::function<ExitCode()> run;
};

void describe_wait(CLI::App& app, CommandLine& line) {
  static const std::map<std::string, Until> kWords{
      {"needs-input", Until::kNeedsInput}, {"idle", Until::kIdle}, {"ended", Until::kEnded}};
  auto* wait = app.add_subcommand("wait", "until a session needs you, is idle, or has ended");
  auto* which = wait->add_option_group("session")->require_option(1);
  which->add_option("id", line.wait.id, "its id, or a beginning that no other has");
  which->add_flag_callback(
      "--any", [] {}, "the first session that does");
  wait->add_option_function<std::string>(
          "--until", [&line](const std::string& word) { line.wait.until = kWords.at(word); },
          "needs-input, idle or ended")
      ->required()
      ->type_name("WORD")
      ->check(CLI::IsMember(kWords).description(""));
  wait->add_option("--timeout", line.wait.seconds, "seconds to wait at most")->check(CLI::Range(0.0, 1e9));
  wait->add_flag("--json", line.wait.json, "the session object");
  wait->callback([&line] { line.run = [&line] { return run_wait(line.global, line.wait); }; });
}

void describe_one(CLI::App& app, CommandLine& line) {
  const char* const id = "its id, or a beginning that no other has";
  auto* show = app.add_subcommand("show", "all that is known of one session");
  show->add_option("id", line.show.id, id)->required();
  show->add_flag("--json", line.show.json, "the session object");
  show->callback([&line] { line.run = [&line] { return run_show(line.global, line.show); }; });

  auto* explain = app.add_subcommand("explain", "why a session has its status, and what would change it");
  explain->add_option("id", line.explain.id, id)->required();
  explain->add_flag("--json", line.explain.json, "what of the session object explains it");
  explain->callback([&line] { line.run = [&line] { return run_explain(line.global, line.explain); }; });

  auto* ack = app.add_subcommand("ack", "silences a session's call: you have seen it");
  ack->add_option("id", line.ack.id, id)->required();
  ack->callback([&line] { line.run = [&line] { return run_ack(line.global, line.ack); }; });
}

void describe_status_line(CLI::App& app, CommandLine& line) {
  static const std::map<std::string, Colour> kWords{
      {"auto", Colour::kAuto}, {"always", Colour::kAlways}, {"never", Colour::kNever}};
  auto* status =
      app.add_subcommand("status-line", "a status line, of Claude Code's status JSON on standard input");
  status->add_option("--format", line.status_line.format, "its text (default: the file atm/status-line)");
  status
      ->add_option_function<std::string>(
          "--color", [&line](const std::string& word) { line.status_line.colour = kWords.at(word); },
          "auto, always or never")
      ->type_name("WHEN")
      ->check(CLI::IsMember(kWords).description(""));
  status->add_flag("--check", line.status_line.check,
                   "read no input: say what is wrong with the format, and show it");
  status->callback(
      [&line] { line.run = [&line] { return run_status_line(line.global, line.status_line); }; });
}

void describe_setup(CLI::App& app, CommandLine& line) {
  SetupOptions& options = line.setup;
  auto* setup = app.add_subcommand("setup", "connects Claude Code: hooks and status line in its settings");
  auto* what = setup->add_option("what", options.what, "claude; status: what is set up; autostart")
                   ->check(CLI::IsMember({"claude", "status", "autostart"}).description(""));
  setup->add_flag("--remove", options.remove, "takes it back: what was there before is there again");
  setup->add_flag_callback(
      "--autostart", [&options] { options.what = "autostart"; }, "the daemon is started when it is needed");
  setup->add_flag("--dry-run", options.dry_run, "writes nothing, and shows what would be");
  setup->add_option("--project", options.project, "a project's own settings, instead of yours")
      ->type_name("DIR");
  setup->add_flag("--no-status-line", options.no_status_line, "the hooks only");
  setup->add_flag("--http", options.http, "HTTP hooks where the client has them: see docs/operate/http.md");
  setup->add_option("--hook", options.hook, "the installed atm-hook (default: beside atm)")
      ->type_name("PATH");
  setup->add_flag("--json", options.json, "of status: a JSON object");
  setup->add_option("--managed", options.managed)->group("");
  setup->callback([&line, what] {
    if (line.setup.what.empty()) throw CLI::RequiredError(what->get_name());
    line.run = [&line] { return run_setup(line.setup); };
  });
}

void describe_reports(CLI::App& app, CommandLine& line) {
  auto* plugins =
      app.add_subcommand("plugins", "the daemon's plugins, and what is wrong with those that failed");
  plugins->add_flag("--json", line.plugins.json, "a JSON array");
  plugins->callback([&line] { line.run = [&line] { return run_plugins(line.global, line.plugins); }; });

  auto* stats = app.add_subcommand("stats", "the daemon's counters");
  stats->add_flag("--json", line.stats.json, "a JSON object");
  stats->callback([&line] { line.run = [&line] { return run_stats(line.global, line.stats); }; });

  auto* keys = app.add_subcommand("keys", "makes a key pair for ZeroMQ over tcp, and says what to put where");
  keys->add_option("--out", line.keys.folder,
                   "the folder for the two files (default: keys/ beside atm.toml)");
  keys->add_option("--name", line.keys.name, "their name")->capture_default_str();
  keys->add_flag("--show-secret", line.keys.show_secret, "print the secret key too");
  keys->callback([&line] { line.run = [&line] { return run_keys(line.keys); }; });

  auto* doctor = app.add_subcommand("doctor", "what keeps sessions from being seen, and what to do about it");
  doctor->add_flag("--json", line.doctor.json, "a JSON object");
  doctor->callback([&line] { line.run = [&line] { return run_doctor(line.global, line.doctor); }; });

  describe_setup(app, line);

  auto* ping = app.add_subcommand("ping", "whether the daemon answers, and how fast");
  ping->callback([&line] { line.run = [&line] { return run_ping(line.global); }; });
}

void describe(CLI::App& app, CommandLine& line) {
  app.name("atm");
  app.set_version_flag("--version", "atm " ATM_VERSION);
  app.add_option("--socket", line.global.socket,
                 "the daemon's socket (default: ATM_SOCKET, else the usual places)");
  app.require_subcommand(1);
  app.fallthrough();
  app.footer(
      "Exit codes: 0 done, 1 not found or refused, of doctor: something is wrong, 2 wrong command line,\n"
      "3 no daemon answers; of wait: 4 it took too long, 5 the session was over before.");

  auto* list = app.add_subcommand("list", "every session, those that need you first");
  list->add_flag("--json", line.list.json, "a JSON array of the session objects");
  list->callback([&line] { line.run = [&line] { return run_list(line.global, line.list); }; });

  auto* watch = app.add_subcommand("watch", "the sessions as they change, until Ctrl-C");
  watch->add_flag("--json", line.watch.json, "the daemon's messages, one object a line");
  watch->add_option("--count", line.watch.count, "end after so many changes")->check(CLI::PositiveNumber);
  watch->add_option("--for", line.watch.seconds, "end after so many seconds")->check(CLI::Range(0.0, 1e9));
  watch->callback([&line] { line.run = [&line] { return run_watch(line.global, line.watch); }; });

  describe_one(app, line);
  describe_wait(app, line);

  describe_status_line(app, line);
  describe_reports(app, line);
}

int run(int argc, char** argv) {
  CLI::App app{"What the AI coding agents on this machine are doing."};
  CommandLine line;
  describe(app, line);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kOk : kUsage;
  }
  return line.run();
}

}  // namespace

int main(int argc, char** argv) try {
  open_missing_standard_files();
  return run(argc, argv);
} catch (const std::exception& error) {
  std::fprintf(stderr, "atm: %s\n", error.what());
  return kFailed;
}
