// SPDX-License-Identifier: MIT
#include "session_checks.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <atm/domain/duration.hpp>
#include <atm/domain/relative_time.hpp>
#include <atm/posix/ownership.hpp>
#include <atm/posix/proc_stat.hpp>
#include <charconv>
#include <filesystem>
#include <map>
#include <optional>
#include <system_error>

#include "text_file.hpp"

namespace atm::cli::doctor {

namespace {

constexpr std::size_t kStatBytes = 4096;
constexpr std::size_t kEnvironmentBytes = 4 * 1024 * 1024;

// The parent, if this is a process of this user called claude.
std::optional<std::int64_t> claude_parent(const std::string& directory) {
  struct stat about {};
  if (::stat(directory.c_str(), &about) != 0 || !posix::is_own(about)) return std::nullopt;
  const auto content = read_text_file(directory + "/stat", kStatBytes);
  if (!content || !*content) return std::nullopt;
  const auto stat = posix::parse_proc_stat(**content);
  return stat && stat->comm == "claude" ? std::optional(stat->ppid) : std::nullopt;
}

// The ATM_SOCKET that the process was started with, empty if unset; absent: the environment is unreadable.
std::optional<std::string> socket_of(const std::string& directory) {
  const auto content = read_text_file(directory + "/environ", kEnvironmentBytes);
  if (!content || !*content) return std::nullopt;
  constexpr std::string_view kName = "ATM_SOCKET=";
  for (std::string_view rest = **content; !rest.empty();) {
    const std::string_view variable = rest.substr(0, rest.find('\0'));
    if (variable.starts_with(kName)) return std::string(variable.substr(kName.size()));
    rest.remove_prefix(std::min(rest.size(), variable.size() + 1));
  }
  return std::string();
}

std::string place_text(const std::string& socket) {
  return socket.empty() ? "the default paths" : socket;
}

}  // namespace

std::vector<std::int64_t> claude_processes(const std::string& proc) {
  std::map<std::int64_t, std::int64_t> parents;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(proc, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    std::int64_t pid = 0;
    if (std::from_chars(name.data(), name.data() + name.size(), pid).ptr != name.data() + name.size())
      continue;
    if (const auto parent = claude_parent(entry->path().string())) parents[pid] = *parent;
  }
  std::vector<std::int64_t> pids;
  for (const auto& [pid, parent] : parents) {
    if (parents.count(parent) == 0) pids.push_back(pid);
  }
  return pids;
}

void check_agents(const DaemonView& daemon, const std::vector<std::int64_t>& running, Findings& out) {
  const std::string found =
      running.empty() ? "no Claude Code process" : counted(running.size(), "Claude Code process");
  if (daemon.answering() == nullptr) {
    out.push_back(finding("agents", Severity::kOk, found));
    return;
  }
  std::string unseen;
  for (const std::int64_t pid : running) {
    const bool is_seen =
        std::any_of(daemon.sessions().begin(), daemon.sessions().end(),
                    [pid](const protocol::Session& session) { return session.runtime.pid == pid; });
    if (!is_seen) unseen.append(unseen.empty() ? "" : ", ").append(std::to_string(pid));
  }
  const std::string shown = found + ", " + counted(daemon.sessions().size(), "session") + " shown";
  if (unseen.empty()) {
    out.push_back(finding("agents", Severity::kOk, shown));
  } else {
    out.push_back(finding("agents", Severity::kNote, shown + "; not among them: pid " + unseen,
                          "they appear at their next event, or within plugins.claude_code.discover_seconds"));
  }
}

void check_agent_sockets(const std::string& proc, const std::vector<std::int64_t>& running,
                         const std::string& socket, const std::string& answering,
                         const std::vector<std::string>& usual, Findings& out) {
  const bool is_usual = std::find(usual.begin(), usual.end(), answering) != usual.end();
  for (const std::int64_t pid : running) {
    const auto theirs = socket_of(proc + "/" + std::to_string(pid));
    if (!theirs || *theirs == socket) continue;
    // Two names of the daemon that answers.
    if (!answering.empty() && (*theirs == answering || (theirs->empty() && is_usual))) continue;
    out.push_back(finding("agent_socket", Severity::kWarning,
                          "the hooks of Claude Code (pid " + std::to_string(pid) + ") report to " +
                              place_text(*theirs) + ", but this check uses " + place_text(socket),
                          "start both with the ATM_SOCKET of the daemon, or both without it"));
  }
}

void check_events(const DaemonView& daemon, const Environment& around,
                  const std::vector<std::int64_t>& running, bool has_hooks, Findings& out) {
  if (daemon.stats() == nullptr) return;
  const auto records = [&daemon](std::string_view channel) {
    return daemon.count({"ingest", "channels", channel, "records"});
  };
  const std::uint64_t hooks = records("claude_code/hook");
  const std::uint64_t lines = records("claude_code/status_line");
  const std::string since =
      " since atmd started " + SessionDuration{daemon.count({"uptime_ms"}), 0}.str() + " ago";
  if (hooks == 0 && has_hooks && !running.empty()) {
    out.push_back(
        finding("events", Severity::kWarning,
                "no hook event" + since + ", though " + counted(running.size(), "Claude Code process") +
                    (running.size() == 1 ? " runs" : " run"),
                "give one of them a prompt; if no event arrives, its directory may not be trusted, or its "
                "ATM_SOCKET or XDG_RUNTIME_DIR differs from the daemon's"));
    return;
  }
  if (hooks + lines == 0) {
    out.push_back(finding("events", Severity::kNote, "no event" + since));
    return;
  }
  std::string text = counted(hooks, "hook event") + " and " + counted(lines, "status line") + since;
  const auto& sessions = daemon.sessions();
  const auto last = std::max_element(sessions.begin(), sessions.end(),
                                     [](const protocol::Session& a, const protocol::Session& b) {
                                       return a.domain.last_activity < b.domain.last_activity;
                                     });
  if (last != sessions.end())
    text += ", the last activity " + format_relative(last->domain.last_activity, around.now);
  out.push_back(finding("events", Severity::kOk, text));
}

}  // namespace atm::cli::doctor
