// SPDX-License-Identifier: MIT
#include "doctor.hpp"

#include <atm/client/endpoint.hpp>
#include <cstdlib>

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

Findings examine(const Environment& around, const std::string& autostart, const std::string& version,
                 bool& has_daemon) {
  const std::vector<std::string> sockets = client::socket_candidates(around.socket);
  DaemonView daemon;
  daemon.ask(sockets, kAnswerTime);
  has_daemon = daemon.answering() != nullptr && daemon.stats() != nullptr;
  const AllSettings settings =
      read_all_claude_settings(around.claude_directory, around.directory, around.managed_directory);
  const std::optional<ClientVersion> client = ask_client_version(around);
  const auto running = claude_processes(around.processes);

  Findings found;
  check_daemon(daemon, autostart, found);
  check_sockets(daemon, usual_places(), around.socket, found);
  check_plugins(daemon, found);
  check_transports(daemon, found);
  check_settings(settings, found);
  check_hooks(settings, daemon, around, client, found);
  check_hooks_off(settings, found);
  std::vector<std::string> hook_versions;
  check_hook_programs(settings, around, hook_versions, found);
  check_status_line(settings, found);
  check_agents(daemon, running, found);
  const std::string answering = daemon.answering() == nullptr ? "" : daemon.answering()->path;
  check_agent_sockets(around.processes, running, around.socket, answering, usual_places(), found);
  check_settings_socket(settings, answering, found);
  check_events(daemon, around, running, !hook_versions.empty(), found);
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
  check_versions(daemon, version, hook_versions, client, found);
  sort_by_severity(found);
  return found;
}

}  // namespace

ExitCode run_doctor(const Global& global, const DoctorOptions& options) {
  const Environment around = Environment::of_this_process(global.socket);
  const std::string autostart = autostart_program(global.socket);
  bool has_daemon = false;
  const Findings found = examine(around, autostart, options.version, has_daemon);
  const bool is_colour = output_canvas().colour;
  const ExitCode printed = options.json ? print_json(findings_json(found, options.version))
                                        : print(findings_text(found, is_colour));
  if (printed != kOk) return printed;
  if (!has_daemon && autostart.empty()) return kUnreachable;
  return worst_of(found) > Severity::kNote ? kFailed : kOk;
}

}  // namespace atm::cli
