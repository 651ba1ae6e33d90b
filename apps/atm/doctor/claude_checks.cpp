// SPDX-License-Identifier: MIT
#include "claude_checks.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <system_error>

#include "program.hpp"

namespace atm::cli::doctor {

namespace {

constexpr std::string_view kSetup = "atm setup claude";

bool is_read(const ClaudeSettings& settings) {
  return settings.exists && settings.problem.empty();
}

std::set<std::string_view> reported_events(const AllSettings& all) {
  std::set<std::string_view> events;
  for (const ClaudeSettings& settings : all) {
    for (const auto& hook : settings.hooks) events.insert(hook.event);
  }
  return events;
}

template <class Is>
bool any(const AllSettings& all, Is is) {
  return std::any_of(all.begin(), all.end(), is);
}

std::string missing_text(const std::set<std::string_view>& events, bool is_old) {
  std::string text;
  for (const NeededEvent& event : kNeededEvents) {
    const bool is_needed = !(is_old && event.is_newer);
    if (is_needed && events.count(event.name) == 0) text.append(text.empty() ? "" : ", ").append(event.name);
  }
  return text;
}

// Collects each program once and records whether only a directory's settings name it, which any user may have written.
// A name without a path is looked up in PATH.
std::map<std::string, bool> programs_of(const AllSettings& all) {
  std::map<std::string, bool> programs;
  for (const ClaudeSettings& settings : all) {
    const bool is_of_directory =
        settings.level == SettingsLevel::kProject || settings.level == SettingsLevel::kLocal;
    const auto add = [&programs, is_of_directory](const OurCommand& ours) {
      for (const std::string& program : ours.programs) {
        const auto at = programs.emplace(program, is_of_directory).first;
        at->second = at->second && is_of_directory;
      }
    };
    for (const auto& hook : settings.hooks) add(hook.ours);
    add(settings.status_line);
  }
  return programs;
}

/// Returns true if it is the installed program of that name.
bool is_installed(const std::string& path, const Environment& around) {
  const std::string name = std::filesystem::path(path).filename().string();
  std::error_code ignored;
  return std::filesystem::equivalent(path, around.program_directory + '/' + name, ignored) ||
         std::filesystem::equivalent(path, around.find_program(name), ignored);
}

void check_program(const std::string& named, bool is_of_directory, const Environment& around,
                   std::vector<std::string>& versions, Findings& out) {
  if (named.find('$') != std::string::npos || named.starts_with('~')) {
    out.push_back(finding("hook_program", Severity::kNote,
                          "the settings call " + named + ", which only a shell can resolve",
                          "use its absolute path: " + std::string(kSetup)));
    return;
  }
  const bool is_path = named.find('/') != std::string::npos;
  const std::string path = is_path ? named : around.find_program(named);
  if (path.empty() || !is_runnable(path)) {
    out.push_back(finding("hook_program", Severity::kError,
                          "the settings call " + named +
                              (is_path ? ", which is not an executable file" : ", which is not in your PATH"),
                          "install it there, or run " + std::string(kSetup) + " to use the installed one"));
    return;
  }
  if (path[0] != '/' || (is_of_directory && !is_installed(path, around))) {
    out.push_back(finding("hook_program", Severity::kNote,
                          "the settings of this directory call " + path +
                              ", which is not the installed program; it was not run",
                          "if you trust this directory, run " + std::string(kSetup) + " --project " +
                              around.directory + " to use the installed one"));
    return;
  }
  if (path.ends_with(".sh")) {
    out.push_back(finding("hook_program", Severity::kOk, path + " exists"));
    return;
  }
  const ProcessResult ran = run_program({path, "--version"}, std::chrono::milliseconds(2000));
  const std::string version = ran.output.substr(0, ran.output.find('\n'));
  if (!ran.in_time || ran.code != 0 || !version.starts_with("atm")) {
    out.push_back(
        finding("hook_program", Severity::kError,
                path + " does not answer: --version " +
                    (ran.in_time ? "exited with " + std::to_string(ran.code) : "did not end within 2 s"),
                "install it again"));
    return;
  }
  versions.push_back(version);
  out.push_back(finding("hook_program", Severity::kOk, path + " is " + version));
}

}  // namespace

void check_settings(const AllSettings& all, Findings& out) {
  for (const ClaudeSettings& settings : all) {
    if (settings.problem.empty()) continue;
    out.push_back(finding("settings", Severity::kError,
                          settings.path + ": " + settings.problem + "; Claude Code ignores the whole file",
                          "correct the file or its permissions"));
  }
}

void check_hooks(const AllSettings& all, const DaemonView& daemon, const Environment& around,
                 const std::optional<ClientVersion>& client, Findings& out) {
  const auto events = reported_events(all);
  const std::string missing = missing_text(events, client && *client < kOldestClient);
  const bool has_http = any(all, [](const ClaudeSettings& s) { return s.has_http_hooks; });
  if (has_http && daemon.answering() != nullptr && !daemon.has_plugin("http")) {
    out.push_back(finding(
        "hooks", Severity::kWarning,
        "the settings contain HTTP hooks of ATM, but the daemon's plugin http is off",
        "each event prints an error: set plugins.http.enabled = true, or run " + std::string(kSetup)));
  }
  const bool has_plugin = any(all, [](const ClaudeSettings& s) { return s.has_our_plugin; });
  if (!events.empty() && (missing.empty() || has_http || has_plugin)) {
    const std::string rest = missing.empty() ? "" : ", the others report over HTTP or by the plugin";
    out.push_back(finding("hooks", Severity::kOk,
                          counted(events.size(), "event") + " of Claude Code run atm-hook" + rest));
  } else if (!events.empty()) {
    out.push_back(
        finding("hooks", Severity::kWarning, "no hook for " + missing, std::string(kSetup) + " adds them"));
  } else if (has_http || has_plugin) {
    out.push_back(
        finding("hooks", Severity::kOk,
                has_plugin ? "Claude Code's plugin atm reports the events" : "the events arrive over HTTP"));
  } else if (daemon.count({"ingest", "channels", "claude_code/hook", "records"}) > 0) {
    out.push_back(
        finding("hooks", Severity::kNote,
                "no settings file that applies here calls atm-hook, but events arrive: from the settings of "
                "another directory, or from --settings"));
  } else if (around.claude_directory.empty()) {
    out.push_back(finding("hooks", Severity::kNote,
                          "cannot find the settings of Claude Code: HOME is not set",
                          "set HOME or CLAUDE_CONFIG_DIR"));
  } else {
    out.push_back(finding("hooks", Severity::kWarning,
                          "no hook in " + around.claude_directory +
                              "/settings.json calls atm-hook: tools and questions of "
                              "Claude Code are seen late or not at all",
                          kSetup));
  }
}

void check_hooks_off(const AllSettings& all, Findings& out) {
  for (const ClaudeSettings& settings : all) {
    if (settings.disables_hooks) {
      out.push_back(finding("hooks_off", Severity::kError,
                            settings.path + " sets disableAllHooks: no hook and no status line runs",
                            settings.level == SettingsLevel::kManaged
                                ? "ask the administrator of this machine"
                                : "remove disableAllHooks from the file"));
    }
    if (settings.allows_managed_only && settings.level == SettingsLevel::kManaged) {
      out.push_back(
          finding("hooks_off", Severity::kError,
                  settings.path + " sets allowManagedHooksOnly: your hooks and your status line do not run",
                  "ask the administrator to add the hooks of ATM; until then only session files and "
                  "transcripts report"));
    }
  }
}

void check_hook_programs(const AllSettings& all, const Environment& around,
                         std::vector<std::string>& versions, Findings& out) {
  for (const auto& [program, is_of_directory] : programs_of(all))
    check_program(program, is_of_directory, around, versions, out);
}

void check_settings_socket(const AllSettings& all, const std::string& answering, Findings& out) {
  const ClaudeSettings* last = nullptr;
  for (const ClaudeSettings& settings : all) {
    if (is_read(settings) && !settings.socket.empty()) last = &settings;
  }
  if (last == nullptr || answering.empty() || last->socket == answering) return;
  out.push_back(
      finding("agent_socket", Severity::kWarning,
              last->path + " lets the hooks report to " + last->socket + ", but this check uses " + answering,
              "remove ATM_SOCKET from the settings, or start the daemon at that path"));
}

void check_status_line(const AllSettings& all, Findings& out) {
  const ClaudeSettings* shown = nullptr;
  const ClaudeSettings* ours = nullptr;
  for (const ClaudeSettings& settings : all) {
    if (!is_read(settings) || !settings.has_status_line) continue;
    shown = &settings;
    if (!settings.status_line.programs.empty()) ours = &settings;
  }
  if (shown == nullptr) {
    out.push_back(finding("status_line", Severity::kNote,
                          "no status line is set: cost and context stay unknown", kSetup));
  } else if (shown == ours) {
    out.push_back(finding("status_line", Severity::kOk, "the status line in " + shown->path + " reports"));
  } else if (ours != nullptr) {
    out.push_back(finding(
        "status_line", Severity::kWarning,
        shown->path + " has a status line, which replaces the one in " + ours->path,
        "sessions in this directory report neither cost nor context; run its command through atm-hook "
        "--agent claude_code --status-line --then 'COMMAND'"));
  } else {
    out.push_back(
        finding("status_line", Severity::kNote,
                shown->path + " has a status line that does not report: cost and context stay unknown",
                std::string(kSetup) + " keeps it and adds the report"));
  }
}

}  // namespace atm::cli::doctor
