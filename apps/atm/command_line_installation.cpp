// SPDX-License-Identifier: MIT
#include <string_view>

#include "command_line.hpp"
#include "setup/agent.hpp"

namespace atm::cli {

namespace {

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

}  // namespace

void describe_installation(CLI::App& app, CommandLine& line) {
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
  line.doctor.connections = [] { return setup::agent_connections({}); };
  doctor->callback([&line] { line.run = [&line] { return run_doctor(line.global, line.doctor); }; });

  describe_setup(app, line);
  describe_plugin(app, line);

  auto* ping = app.add_subcommand("ping", "check whether the daemon answers, and print the response time");
  ping->callback([&line] { line.run = [&line] { return run_ping(line.global); }; });
}

}  // namespace atm::cli
