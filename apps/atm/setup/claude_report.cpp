// SPDX-License-Identifier: MIT
#include "claude_report.hpp"

#include "shell_words.hpp"
#include "text.hpp"

namespace atm::cli::setup {

namespace {

std::string status_line_text(const Edited& edited) {
  const std::string_view so = edited.status_line_changed ? "" : " already";
  switch (edited.status_line) {
    case StatusLine::kOwn:
      return std::string("ours, by atm status-line") + std::string(so);
    case StatusLine::kWrapped:
      return "your command goes on, with the same input; atm-hook reports beside it" + std::string(so);
    case StatusLine::kMixed:
      return "a command of yours that runs atm-hook; left alone";
    case StatusLine::kForeign:
      return edited.status_line_changed ? "your command alone again"
                                        : "yours, left alone; cost and context come late";
    case StatusLine::kNone:
      break;
  }
  return "none; cost and context come late";
}

std::string line(const char* name, const std::string& text) {
  return text.empty() ? "" : name + terminal_safe(text) + '\n';
}

std::string undo_command(const SetupOptions& options) {
  return "atm setup --remove claude" +
         (options.project.empty() ? "" : " --project " + shell_word(options.project));
}

}  // namespace

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text.append(text.empty() ? "" : ", ").append(name);
  return text;
}

std::string connected_text(const ClaudeReport& report, const Edited& edited) {
  const bool is_dry = report.options.dry_run;
  std::string text =
      line(is_dry ? "would change " : "changed      ", report.file) + line("backup       ", report.backup) +
      line("client       ", report.version ? "Claude Code " + to_text(*report.version)
                                           : "version not known; only events that all know") +
      line("events       ", std::to_string(report.events) + " report") +
      line("  new        ", listed(edited.added)) + line("  updated    ", listed(edited.updated)) +
      line("  taken out  ", listed(edited.removed)) + line("  left alone ", listed(edited.mixed)) +
      line("status line  ", status_line_text(edited));
  if (report.options.http) {
    text += line("http         ",
                 "in the configuration of atmd: plugins.http.enabled = true; while atmd is down the "
                 "client prints an error for every event");
  }
  if (report.has_plugin) {
    text += line("note         ",
                 "the client's plugin atm is enabled too: each event comes twice; run claude plugin "
                 "uninstall atm");
  }
  if (is_dry) return text + "nothing was written\n";
  return text + line("undo         ", undo_command(report.options)) +
         "A running client takes it up within a second. atm doctor says whether all is well.\n";
}

std::string disconnected_text(const ClaudeReport& report, const Edited& edited) {
  const bool is_dry = report.options.dry_run;
  const std::string how = report.is_deleted    ? " (removed: it was not there before)"
                          : report.is_restored ? " (as it was before, byte for byte)"
                                               : " (our entries taken out; it was edited since)";
  std::string text = line(is_dry ? "would change " : "changed      ", report.file + how) +
                     line("backup       ", report.backup) + line("taken out    ", listed(edited.removed));
  if (edited.status_line_changed) text += line("status line  ", "as it was before");
  text += line("left alone   ",
               edited.mixed.empty() ? "" : listed(edited.mixed) + ": commands of yours that run atm-hook");
  return is_dry ? text + "nothing was written\n" : text;
}

}  // namespace atm::cli::setup
