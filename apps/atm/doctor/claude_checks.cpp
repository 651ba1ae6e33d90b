// SPDX-License-Identifier: MIT
#include "claude_checks.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <system_error>

#include "run_program.hpp"

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

// Where the programs are, each once, and whether only a folder's settings name it, which anybody may have written. A
// name without a path is looked up.
std::map<std::string, bool> programs_of(const AllSettings& all) {
  std::map<std::string, bool> programs;
  for (const ClaudeSettings& settings : all) {
    const bool is_of_folder =
        settings.level == SettingsLevel::kProject || settings.level == SettingsLevel::kLocal;
    const auto add = [&programs, is_of_folder](const OurCommand& ours) {
      for (const std::string& program : ours.programs) {
        const auto at = programs.emplace(program, is_of_folder).first;
        at->second = at->second && is_of_folder;
      }
    };
    for (const auto& hook : settings.hooks) add(hook.ours);
    add(settings.status_line);
  }
  return programs;
}

/// Whether it is the program of its name that is installed here.
bool is_installed(const std::string& path, const Surroundings& around) {
  const std::string name = std::filesystem::path(path).filename().string();
  std::error_code ignored;
  return std::filesystem::equivalent(path, around.program_folder + '/' + name, ignored) ||
         std::filesystem::equivalent(path, around.find_program(name), ignored);
}

void check_program(const std::string& named, bool is_of_folder, const Surroundings& around,
                   std::vector<std::string>& versions, Findings& out) {
  if (named.find('$') != std::string::npos || named.starts_with('~')) {
    out.push_back(finding("hook_program", Severity::kNote,
                          "the settings call " + named + ", which only a shell can find",
                          "write its absolute path: " + std::string(kSetup)));
    return;
  }
  const bool is_path = named.find('/') != std::string::npos;
  const std::string path = is_path ? named : around.find_program(named);
  if (path.empty() || !is_runnable(path)) {
    out.push_back(
        finding("hook_program", Severity::kError,
                "the settings call " + named +
                    (is_path ? ", which is no program that you can run" : ", which is not in your PATH"),
                "install it there, or run " + std::string(kSetup) + " to name the one that is installed"));
    return;
  }
  if (path[0] != '/' || (is_of_folder && !is_installed(path, around))) {
    out.push_back(finding("hook_program", Severity::kNote,
                          "the settings of this folder call " + path +
                              ", which is not what is installed here; it was not tried",
                          "if you trust this folder, let it call the installed one: " + std::string(kSetup) +
                              " --project " + around.directory));
    return;
  }
  if (path.ends_with(".sh")) {
    out.push_back(finding("hook_program", Severity::kOk, path + " is there"));
    return;
  }
  const Ran ran = run_program({path, "--version"}, std::chrono::milliseconds(2000));
  const std::string said = ran.output.substr(0, ran.output.find('\n'));
  if (!ran.in_time || ran.code != 0 || !said.starts_with("atm")) {
    out.push_back(
        finding("hook_program", Severity::kError,
                path + " does not answer: --version " +
                    (ran.in_time ? "ended with " + std::to_string(ran.code) : "did not end within 2 s"),
                "install it again"));
    return;
  }
  versions.push_back(said);
  out.push_back(finding("hook_program", Severity::kOk, path + " is " + said));
}

}  // namespace

void check_settings(const AllSettings& all, Findings& out) {
  for (const ClaudeSettings& settings : all) {
    if (settings.problem.empty()) continue;
    out.push_back(
        finding("settings", Severity::kError,
                settings.path + ": " + settings.problem + "; Claude Code passes the whole file over",
                "mend the file, or its permissions"));
  }
}

void check_hooks(const AllSettings& all, const DaemonView& daemon, const Surroundings& around,
                 const ClientVersion& client, Findings& out) {
  const auto events = reported_events(all);
  const std::string missing = missing_text(events, client.is_untried());
  const bool has_http = any(all, [](const ClaudeSettings& s) { return s.has_http_hooks; });
  if (has_http && daemon.answering() != nullptr && !daemon.has_plugin("http")) {
    out.push_back(finding(
        "hooks", Severity::kWarning,
        "the settings have HTTP hooks for us, and the daemon's plugin http is off",
        "each event prints an error: set plugins.http.enabled = true, or run " + std::string(kSetup)));
  }
  const bool has_plugin = any(all, [](const ClaudeSettings& s) { return s.has_our_plugin; });
  if (!events.empty() && (missing.empty() || has_http || has_plugin)) {
    const std::string rest = missing.empty() ? "" : ", the rest over HTTP or by the plugin";
    out.push_back(finding("hooks", Severity::kOk,
                          counted(events.size(), "event") + " of Claude Code run atm-hook" + rest));
  } else if (!events.empty()) {
    out.push_back(finding("hooks", Severity::kWarning, "no hook for " + missing,
                          std::string(kSetup) + " adds what is missing"));
  } else if (has_http || has_plugin) {
    out.push_back(
        finding("hooks", Severity::kOk,
                has_plugin ? "Claude Code's plugin atm reports the events" : "the events come over HTTP"));
  } else if (daemon.count({"ingest", "channels", "claude_code/hook", "records"}) > 0) {
    out.push_back(
        finding("hooks", Severity::kNote,
                "no settings file seen from here calls atm-hook, and yet events come: another folder's does, "
                "or --settings"));
  } else if (around.claude_folder.empty()) {
    out.push_back(finding("hooks", Severity::kNote,
                          "where Claude Code's settings are is not known: HOME is not set",
                          "set HOME or CLAUDE_CONFIG_DIR"));
  } else {
    out.push_back(finding("hooks", Severity::kWarning,
                          "no hook in " + around.claude_folder +
                              "/settings.json calls atm-hook: little is seen of "
                              "Claude Code's sessions",
                          kSetup));
  }
}

void check_hooks_off(const AllSettings& all, Findings& out) {
  for (const ClaudeSettings& settings : all) {
    if (settings.disables_hooks) {
      out.push_back(finding("hooks_off", Severity::kError,
                            settings.path + " has disableAllHooks: no hook and no status line runs",
                            settings.level == SettingsLevel::kManaged
                                ? "ask who manages this machine"
                                : "take disableAllHooks out of the file"));
    }
    if (settings.allows_managed_only && settings.level == SettingsLevel::kManaged) {
      out.push_back(
          finding("hooks_off", Severity::kError,
                  settings.path + " has allowManagedHooksOnly: your hooks and your status line do not run",
                  "ask who manages this machine to add ours; sessions are seen by their files only"));
    }
  }
}

void check_hook_programs(const AllSettings& all, const Surroundings& around,
                         std::vector<std::string>& versions, Findings& out) {
  for (const auto& [program, is_of_folder] : programs_of(all))
    check_program(program, is_of_folder, around, versions, out);
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
    out.push_back(finding("status_line", Severity::kOk, shown->path + " reports by the status line"));
  } else if (ours != nullptr) {
    out.push_back(finding(
        "status_line", Severity::kWarning,
        shown->path + " has a status line of its own, which silences the one in " + ours->path,
        "sessions in this folder report cost and context late; there, let atm-hook --agent claude_code "
        "--status-line --then 'COMMAND' run its command"));
  } else {
    out.push_back(finding("status_line", Severity::kNote,
                          shown->path +
                              " has a status line that does not report: cost and context are known from "
                              "transcripts only",
                          std::string(kSetup) + " keeps it and lets it report"));
  }
}

}  // namespace atm::cli::doctor
