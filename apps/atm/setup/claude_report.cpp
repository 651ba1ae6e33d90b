// SPDX-License-Identifier: MIT
#include "claude_report.hpp"

#include "journaled_edit.hpp"
#include "shell_words.hpp"
#include "text.hpp"

namespace atm::cli::setup {

namespace {

std::string status_line_text(const Edited& edited) {
  const std::string_view unchanged = edited.status_line_changed ? "" : ", unchanged";
  switch (edited.status_line) {
    case StatusLine::kOwn:
      return std::string("atm status-line") + std::string(unchanged);
    case StatusLine::kWrapped:
      return "your command with the same input; atm-hook reports beside it" + std::string(unchanged);
    case StatusLine::kMixed:
      return "your command, which runs atm-hook; not changed";
    case StatusLine::kForeign:
      return edited.status_line_changed ? "your command, without atm-hook"
                                        : "your command, not changed; cost and context stay unknown";
    case StatusLine::kNone:
      break;
  }
  return "none; cost and context stay unknown";
}

std::string line(const char* name, const std::string& text) {
  return text.empty() ? "" : name + terminal_safe(text) + '\n';
}

std::string undo_command(const SetupOptions& options) {
  return "atm setup --remove claude" +
         (options.project.empty() ? "" : " --project " + shell_word(options.project));
}

}  // namespace

std::string connected_text(const ClaudeReport& report, const Edited& edited) {
  const bool is_dry = report.options.dry_run;
  std::string text =
      line(is_dry ? "would change " : "changed      ", report.file) + line("backup       ", report.backup) +
      line("agent        ", report.version ? "Claude Code " + version_text(*report.version)
                                           : "version unknown; only events that every version supports") +
      line("events       ", std::to_string(report.events) + " connected") +
      line("  new        ", listed(edited.added)) + line("  updated    ", listed(edited.updated)) +
      line("  removed    ", listed(edited.removed)) + line("  unchanged  ", listed(edited.mixed)) +
      line("status line  ", status_line_text(edited));
  if (report.options.http) {
    text += line("http         ",
                 "set plugins.http.enabled = true in the configuration of atmd; while atmd is down, Claude "
                 "Code prints an error for every event");
  }
  if (report.has_plugin) {
    text += line("note         ",
                 "the plugin atm of Claude Code is also enabled, so each event arrives twice; run claude "
                 "plugin uninstall atm");
  }
  if (is_dry) return text + "nothing was written\n";
  return text + line("undo         ", undo_command(report.options)) +
         "A running agent uses the new settings within a second. To check them, run atm doctor.\n";
}

std::string disconnected_text(const ClaudeReport& report, const Edited& edited) {
  const bool is_dry = report.options.dry_run;
  const std::string how = report.is_deleted    ? " (deleted: it did not exist before)"
                          : report.is_restored ? " (restored byte for byte)"
                                               : " (entries of ATM removed; the file was edited since)";
  std::string text = line(is_dry ? "would change " : "changed      ", report.file + how) +
                     line("backup       ", report.backup) + line("removed      ", listed(edited.removed));
  if (edited.status_line_changed) text += line("status line  ", "restored");
  text += line("unchanged    ",
               edited.mixed.empty() ? "" : listed(edited.mixed) + ": your commands, which run atm-hook");
  return is_dry ? text + "nothing was written\n" : text;
}

}  // namespace atm::cli::setup
