// SPDX-License-Identifier: MIT
#include "doctor.hpp"

#include <algorithm>
#include <atm/client/endpoint.hpp>
#include <cstdlib>

#include "agent_checks.hpp"
#include "autostart.hpp"
#include "claude_checks.hpp"
#include "daemon_checks.hpp"
#include "environment.hpp"
#include "file_checks.hpp"
#include "manifest_checks.hpp"
#include "session_checks.hpp"
#include "terminal.hpp"

namespace atm::cli {

namespace {

using namespace doctor;

constexpr std::chrono::milliseconds kAnswerTime{1000};  // of each query to a daemon

// The default paths without ATM_SOCKET. This program has one thread.
std::vector<std::string> usual_places() {
  const char* const value = std::getenv("ATM_SOCKET");  // NOLINT(concurrency-mt-unsafe): one thread
  const std::string named = value == nullptr ? "" : value;
  ::unsetenv("ATM_SOCKET");  // NOLINT(concurrency-mt-unsafe)
  std::vector<std::string> places = client::socket_candidates();
  if (!named.empty()) ::setenv("ATM_SOCKET", named.c_str(), 1);  // NOLINT(concurrency-mt-unsafe)
  return places;
}

// The only agent with checks of its own: its settings have no table in a manifest.
constexpr std::string_view kClaude = "claude_code";

bool has_part_of_atm(const AllSettings& settings) {
  return std::any_of(settings.begin(), settings.end(), [](const ClaudeSettings& one) {
    return !one.problem.empty() || !one.hooks.empty() || one.has_http_hooks || one.has_our_plugin ||
           !one.status_line.programs.empty();
  });
}

struct Seen {
  const Environment& around;
  const DaemonView& daemon;
  const std::string answering;  ///< the socket of the daemon that answers; empty: none
};

/// Returns the versions of the programs that its hooks run.
std::vector<std::string> examine_claude(const Seen& seen, const AllSettings& settings,
                                        const std::optional<ClientVersion>& client, Findings& found) {
  const std::size_t before = found.size();
  const auto running = claude_processes(seen.around.processes);
  std::vector<std::string> versions;
  check_settings(settings, found);
  check_hooks(settings, seen.daemon, seen.around, client, found);
  check_hooks_off(settings, found);
  check_hook_programs(settings, seen.around, versions, found);
  check_status_line(settings, found);
  check_agents(seen.daemon, running, found);
  check_agent_sockets(seen.around.processes, running, seen.around.socket, seen.answering, usual_places(),
                      found);
  check_settings_socket(settings, seen.answering, found);
  check_events(seen.daemon, seen.around, running, !versions.empty(), found);
  for (std::size_t i = before; i < found.size(); ++i) found[i].agent = kClaude;
  return versions;
}

/// Nothing about agents that are not in use. Returns the versions of the programs that hooks run.
std::vector<std::string> examine_agents(const Seen& seen, const std::vector<AgentConnection>& connections,
                                        const std::optional<ClientVersion>& client, Findings& found) {
  const AllSettings settings = read_all_claude_settings(seen.around.claude_directory, seen.around.directory,
                                                        seen.around.managed_directory);
  const auto used = find_used_agents(agent_directories(""), connections, seen.daemon, seen.around);
  const auto is_claude = [](const UsedAgent& agent) { return agent.manifest.id == kClaude; };
  std::vector<std::string> versions;
  const bool uses_claude = std::any_of(used.begin(), used.end(), is_claude) || has_part_of_atm(settings);
  if (uses_claude) versions = examine_claude(seen, settings, client, found);
  for (const UsedAgent& agent : used) {
    if (!is_claude(agent)) check_agent(agent, seen.daemon, seen.around, found);
  }
  if (used.empty() && !uses_claude)
    found.push_back(finding("agents", Severity::kNote, "no agent runs, is connected or has sent an event",
                            "atm setup lists the agents and connects them"));
  return versions;
}

Findings examine(const Environment& around, const std::string& autostart, const DoctorOptions& options,
                 bool& has_daemon) {
  const std::vector<std::string> sockets = client::socket_candidates(around.socket);
  DaemonView daemon;
  daemon.ask(sockets, kAnswerTime);
  has_daemon = daemon.answering() != nullptr && daemon.stats() != nullptr;
  const std::optional<ClientVersion> client = ask_client_version(around);

  Findings found;
  check_daemon(daemon, autostart, found);
  check_sockets(daemon, usual_places(), around.socket, found);
  check_plugins(daemon, found);
  check_transports(daemon, found);
  const Seen seen{around, daemon, daemon.answering() == nullptr ? "" : daemon.answering()->path};
  const auto connections = options.connections ? options.connections() : std::vector<AgentConnection>();
  const std::vector<std::string> hook_versions = examine_agents(seen, connections, client, found);
  check_drift(daemon, found);
  check_losses(daemon, found);
  check_history(daemon, around.now, found);
  check_clock(daemon, around.now, found);
  check_spools(spool_directories(around, sockets), has_daemon, around.now, found);
  check_losses_of_hooks(loss_files(around), around.now, found);
  check_disk(around.state_directory, found);
  check_config(around, found);
  check_manifests(agent_directories(""), found);
  check_http_token(around, found);
  check_versions(daemon, options.version, hook_versions, client, found);
  sort_by_severity(found);
  return found;
}

}  // namespace

ExitCode run_doctor(const Global& global, const DoctorOptions& options) {
  const Environment around = Environment::of_this_process(global.socket);
  const std::string autostart = autostart_program(global.socket);
  bool has_daemon = false;
  const Findings found = examine(around, autostart, options, has_daemon);
  const bool is_colour = output_canvas().colour;
  const ExitCode printed = options.json ? print_json(findings_json(found, options.version))
                                        : print(findings_text(found, is_colour));
  if (printed != kOk) return printed;
  if (!has_daemon && autostart.empty()) return kUnreachable;
  return worst_of(found) > Severity::kNote ? kFailed : kOk;
}

}  // namespace atm::cli
