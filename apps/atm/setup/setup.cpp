// SPDX-License-Identifier: MIT
#include "setup.hpp"

#include "agent.hpp"
#include "autostart.hpp"
#include "claude.hpp"
#include "command.hpp"
#include "environment.hpp"
#include "setup_status.hpp"
#include "text.hpp"
#include "tmux_setup.hpp"

namespace atm::cli {

namespace {

ExitCode wrong(const std::string& what) {
  return complain_of_usage(what + "; see atm setup --help");
}

bool is_agent(const SetupOptions& options) {
  return options.what != "claude" && options.what != "status" && options.what != "autostart" &&
         options.what != "tmux";
}

Result<std::string> set_up(const SetupOptions& options) {
  if (options.what == "status") return setup::setup_status(options);
  if (options.what == "autostart")
    return options.remove ? setup::remove_autostart() : setup::set_autostart(options.hook);
  if (options.what == "claude")
    return options.remove ? setup::disconnect_claude(options) : setup::connect_claude(options);
  if (options.what == "tmux")
    return options.remove ? setup::disconnect_tmux(options) : setup::connect_tmux(options);
  const auto agent = setup::find_agent_setup(options);
  if (!agent) return agent.error();
  return options.remove ? setup::disconnect_agent(options, *agent) : setup::connect_agent(options, *agent);
}

ExitCode report(const Result<std::string>& message) {
  // The report contains files and paths that may come from a repository.
  if (message) return print(terminal_safe_lines(*message));
  static_cast<void>(complain(message.error()));
  return kFailed;
}

/// Every agent whose program is in PATH. The error of one does not keep the others from being set up.
ExitCode set_up_all(SetupOptions options) {
  const auto around = doctor::Environment::of_this_process("");
  std::vector<std::string> ids;
  if (!around.find_program("claude").empty()) ids.emplace_back("claude");
  for (const setup::AgentSetup& agent : setup::all_agent_setups(options)) {
    if (!around.find_program(agent.program).empty()) ids.push_back(agent.id);
  }
  if (ids.empty()) return print("no agent is in PATH\n");
  ExitCode code = kOk;
  for (const std::string& id : ids) {
    options.what = id;
    if (report(set_up(options)) != kOk) code = kFailed;
  }
  return code;
}

}  // namespace

std::vector<std::string> setup_words() {
  std::vector<std::string> words{"claude", "tmux", "status", "autostart"};
  for (const setup::AgentSetup& agent : setup::all_agent_setups({})) words.push_back(agent.id);
  return words;
}

std::vector<std::string> connected_agents() {
  return setup::connected_names({});
}

ExitCode run_setup(const SetupOptions& options) {
  const bool is_claude = options.what == "claude";
  const bool may_be_dry = is_claude || is_agent(options) || options.what == "tmux";
  if (options.all && !options.what.empty()) return wrong("--all takes no agent");
  if (!options.all && options.what.empty()) {
    const bool is_bare = !options.remove && !options.dry_run && !options.no_status_line && !options.http &&
                         !options.json && options.project.empty() && options.hook.empty();
    return is_bare ? print(setup::setup_overview(options))
                   : wrong("no agent was named, expected one that atm setup lists");
  }
  if (!is_claude && (options.no_status_line || options.http || !options.project.empty()))
    return wrong("--project, --no-status-line and --http are options of atm setup claude only");
  if (options.what == "tmux" && !options.hook.empty())
    return wrong("--hook applies to agents and autostart only");
  if (!may_be_dry && (options.dry_run || (!options.hook.empty() && options.what != "autostart")))
    return wrong(
        "--dry-run does not apply to status and autostart; --hook applies to agents and autostart only");
  if (options.what == "status" && options.remove) return wrong("--remove does not apply to status");
  if (options.json && options.what != "status") return wrong("--json is an option of atm setup status only");
  if (options.what == "status" && options.autostart) return wrong("--autostart does not apply to status");
  if (!options.all && is_agent(options)) {
    if (const auto agent = setup::find_agent_setup(options); !agent) {
      static_cast<void>(complain(agent.error()));
      return kUsage;
    }
  }
  if (options.json) {
    const Result<std::string> message = set_up(options);
    return message ? print_json(*message) : report(message);
  }
  const ExitCode code = options.all ? set_up_all(options) : report(set_up(options));
  if (code != kOk || !options.autostart || options.what == "autostart") return code;
  if (options.dry_run) return print("autostart: with --dry-run it stays as it is\n");
  return report(options.remove ? setup::remove_autostart() : setup::set_autostart(options.hook));
}

}  // namespace atm::cli
