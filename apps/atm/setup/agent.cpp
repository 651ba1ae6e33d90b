// SPDX-License-Identifier: MIT
#include "agent.hpp"

#include <atm/json.hpp>
#include <optional>

#include "claude_report.hpp"
#include "environment.hpp"
#include "installed_programs.hpp"
#include "journaled_edit.hpp"
#include "lib/agents/agent_catalog.hpp"
#include "manifest_checks.hpp"
#include "shell_words.hpp"
#include "text.hpp"
#include "unified_diff.hpp"

namespace atm::cli::setup {

namespace {

using doctor::agent_directories;
using doctor::Environment;

std::optional<AgentSetup> setup_of(const AgentManifest& manifest) {
  json::Reader reader;
  const json::Value* root = reader.parse(manifest.json);
  const json::Value* setup = root == nullptr ? nullptr : json::get_object(*root, "setup");
  if (setup == nullptr) return std::nullopt;
  AgentSetup agent;
  agent.id = manifest.id;
  agent.name = manifest.name;
  agent.file = resolved_path(json::get_string(*setup, "file").value_or("~"));
  if (const json::Value* events = json::get_array(*setup, "events")) {
    for (const json::Value& event : events->GetArray()) agent.events.emplace_back(json::text_of(event));
  }
  agent.timeout = static_cast<unsigned>(json::get_int(*setup, "timeout").value_or(5));
  agent.is_last = json::get_string(*setup, "order") == "last";
  agent.note = json::get_string(*setup, "note").value_or("");
  if (const json::Value* process = json::get_object(*root, "process")) {
    if (const json::Value* programs = json::get_array(*process, "programs");
        programs != nullptr && !programs->Empty())
      agent.program = json::text_of((*programs)[0]);
  }
  return agent;
}

std::string report_line(const char* name, const std::string& text) {
  return text.empty() ? "" : name + terminal_safe(text) + '\n';
}

Wanted wanted_of(const AgentSetup& agent, const Programs& programs) {
  Wanted wanted;
  wanted.agent = agent.id;
  wanted.timeout = agent.timeout;
  wanted.is_last = agent.is_last;
  wanted.programs = programs;
  wanted.with_status_line = false;
  for (const std::string& event : agent.events) wanted.events.push_back({event, {}, false});
  return wanted;
}

Result<SettingsFile> open_file(const AgentSetup& agent) {
  if (agent.file.empty())
    return Error{ErrorCode::kInvalidField,
                 "cannot find the settings of " + agent.name + ": HOME is not set; set HOME"};
  auto file = open_settings(agent.file);
  if (!file) return Error{file.error().code, file.error().message + "; nothing was changed"};
  return file;
}

Result<std::string> connect_once(const SetupOptions& options, const AgentSetup& agent,
                                 const JournalDirectory& directory, const Wanted& wanted) {
  const auto file = open_file(agent);
  if (!file) return file.error();
  if (is_true(file->text, "disableAllHooks"))
    return Error{
        ErrorCode::kInvalidField,
        file->path + " sets disableAllHooks, so no hook runs; nothing was changed: remove it and try again"};
  const auto history = history_of(directory, *file, agent.id, agent.name);
  if (!history) return history.error();
  const auto edited = connect_settings(file->text, wanted, history->made);
  if (!edited) return malformed(file->path, edited.error(), agent.name);
  if (edited->text == file->text) return "nothing to change in " + terminal_safe(file->path) + "\n";
  std::string backup;
  if (!options.dry_run) {
    auto written = write_connected(directory, *file, *edited, *history, wanted.programs);
    if (!written) return written;
    backup = *written;
  }
  std::string text = options.dry_run ? unified_diff(file->text, edited->text, terminal_safe(file->path)) : "";
  text += report_line(options.dry_run ? "would change " : "changed      ", file->path) +
          report_line("backup       ", backup) + report_line("agent        ", agent.name) +
          report_line("events       ", std::to_string(agent.events.size()) + " connected") +
          report_line("  new        ", listed(edited->added)) +
          report_line("  updated    ", listed(edited->updated)) +
          report_line("  removed    ", listed(edited->removed)) +
          report_line("  unchanged  ", listed(edited->mixed)) + report_line("note         ", agent.note);
  if (options.dry_run) return text + "nothing was written\n";
  return text + report_line("undo         ", "atm setup --remove " + agent.id);
}

Result<std::string> disconnect_once(const SetupOptions& options, const AgentSetup& agent,
                                    const JournalDirectory& directory) {
  const auto file = open_file(agent);
  if (!file) return file.error();
  const auto undone = disconnect_file(directory, *file, agent.id, agent.name, options.dry_run);
  if (!undone) return undone.error();
  if (!undone->is_changed) return "no entries of ATM in " + terminal_safe(file->path) + "\n";
  const std::string how = undone->is_deleted    ? " (deleted: it did not exist before)"
                          : undone->is_restored ? " (restored byte for byte)"
                                                : " (entries of ATM removed; the file was edited since)";
  const std::string text =
      undone->difference +
      report_line(options.dry_run ? "would change " : "changed      ", file->path + how) +
      report_line("backup       ", undone->backup) +
      report_line("removed      ", listed(undone->edited.removed)) +
      report_line("unchanged    ", listed(undone->edited.mixed));
  return options.dry_run ? text + "nothing was written\n" : text;
}

}  // namespace

Result<std::size_t> connected_events(const AgentSetup& agent) {
  const auto file = open_file(agent);
  if (!file) return file.error();
  const auto without = disconnect_settings(file->text, std::nullopt, agent.id);
  if (!without) return Error{without.error().code, file->path + ": " + without.error().message};
  return without->removed.size();
}

std::vector<AgentSetup> all_agent_setups(const SetupOptions& options) {
  AgentCatalog catalog(agent_directories(options.agents));
  static_cast<void>(catalog.refresh());
  std::vector<AgentSetup> all;
  for (const AgentManifest& manifest : catalog.manifests()) {
    if (auto agent = setup_of(manifest)) all.push_back(std::move(*agent));
  }
  return all;
}

std::map<std::string, std::string> untrusted_agents(const SetupOptions& options) {
  std::map<std::string, std::string> all;
  for (const AgentFile& file : find_agent_files(agent_directories(options.agents))) {
    if (file.read.manifest && !file.is_usable()) all[file.id] = file.read.problems.back().message();
  }
  return all;
}

Result<AgentSetup> find_agent_setup(const SetupOptions& options) {
  const auto untrusted = untrusted_agents(options);
  if (const auto one = untrusted.find(options.what); one != untrusted.end() && !options.remove)
    return Error{ErrorCode::kInvalidField, one->second};
  std::string known;
  for (const AgentSetup& agent : all_agent_setups(options)) {
    if (agent.id == options.what) return agent;
    known += ", " + agent.id;
  }
  return Error{ErrorCode::kInvalidField, "cannot set up " + options.what + ", expected claude" + known +
                                             ", status or autostart; write a manifest with a table setup"};
}

Result<std::string> connect_agent(const SetupOptions& options, const AgentSetup& agent) {
  const auto programs = installed_programs(options.hook);
  if (!programs) return programs.error();
  const Wanted wanted = wanted_of(agent, *programs);
  JournalDirectory directory = journal_directory(agent.id);
  if (!options.dry_run) {
    if (auto held = directory.hold(); !held) return held.error();
  }
  return until_unchanged([&] { return connect_once(options, agent, directory, wanted); });
}

Result<std::string> disconnect_agent(const SetupOptions& options, const AgentSetup& agent) {
  JournalDirectory directory = journal_directory(agent.id);
  if (!options.dry_run) {
    if (auto held = directory.hold(); !held) return held.error();
  }
  return until_unchanged([&] { return disconnect_once(options, agent, directory); });
}

std::string agents_text(const SetupOptions& options) {
  const Environment around = Environment::of_this_process("");
  std::string text;
  for (const AgentSetup& agent : all_agent_setups(options)) {
    const auto connected = connected_events(agent);
    const std::size_t events = connected ? *connected : 0;
    if (events == 0 && around.find_program(agent.program).empty()) continue;
    text += terminal_safe(agent.file) + '\n' + report_line("  agent        ", agent.name) +
            (events == 0 ? "  not connected; run atm setup " + agent.id + '\n'
                         : "  events       " + std::to_string(events) + " connected\n");
  }
  for (const auto& [id, problem] : untrusted_agents(options))
    text += terminal_safe(problem) + "\n  needs trust; run atm plugin trust " + id + '\n';
  return text;
}

}  // namespace atm::cli::setup
