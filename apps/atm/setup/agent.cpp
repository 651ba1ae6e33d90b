// SPDX-License-Identifier: MIT
#include "agent.hpp"

#include <algorithm>
#include <atm/json.hpp>
#include <filesystem>
#include <optional>

#include "agent_edit.hpp"
#include "environment.hpp"
#include "installed_programs.hpp"
#include "journaled_edit.hpp"
#include "lib/agents/manifest_paths.hpp"
#include "manifest_checks.hpp"
#include "text.hpp"

namespace atm::cli::setup {

namespace {

using doctor::agent_directories;
using doctor::Environment;

AgentEdit edit_of(const json::Value& table, const std::filesystem::path& directory) {
  AgentEdit edit;
  const auto shape = json::get_string(table, "shape");
  if (shape == "toml_array") edit.shape = Shape::kTomlArray;
  if (shape == "copy_file") edit.shape = Shape::kCopyFile;
  edit.file = resolved_path(json::get_string(table, "file").value_or("~"));
  if (const json::Value* events = json::get_array(table, "events")) {
    for (const json::Value& event : events->GetArray()) edit.events.emplace_back(json::text_of(event));
  }
  edit.timeout = static_cast<unsigned>(json::get_int(table, "timeout").value_or(5));
  edit.is_last = json::get_string(table, "order") == "last";
  if (const json::Value* consent = json::get_object(table, "consent")) {
    edit.consent_file = resolved_path(json::get_string(*consent, "file").value_or("~"));
    edit.consent_table = json::get_string(*consent, "table").value_or("");
  }
  edit.key = json::get_string(table, "key").value_or("");
  edit.source = (directory / json::get_string(table, "source").value_or("")).string();
  edit.note = json::get_string(table, "note").value_or("");
  return edit;
}

std::optional<AgentSetup> setup_of(const AgentFile& file, const AgentDirectories& directories) {
  json::Reader reader;
  const json::Value* root = reader.parse(file.read.manifest->json);
  const json::Value* setup = root == nullptr ? nullptr : json::get_array(*root, "setup");
  if (setup == nullptr) return std::nullopt;
  AgentSetup agent{file.id, file.read.manifest->name};
  agent.is_user = file.is_user;
  agent.trusted = directories.trusted.string();
  for (const json::Value& edit : setup->GetArray())
    agent.edits.push_back(edit_of(edit, std::filesystem::path(file.file).parent_path()));
  if (const json::Value* process = json::get_object(*root, "process")) {
    if (const json::Value* programs = json::get_array(*process, "programs");
        programs != nullptr && !programs->Empty())
      agent.program = json::text_of((*programs)[0]);
  }
  return agent;
}

template <class Edit>
Result<std::string> each_edit(const SetupOptions& options, const AgentSetup& agent, const Edit& edit_one) {
  JournalDirectory directory = journal_directory(agent.id);
  if (!options.dry_run) {
    if (auto held = directory.hold(); !held) return held.error();
  }
  std::string text;
  for (const AgentEdit& edit : agent.edits) {
    const auto done = until_unchanged([&] { return edit_one(edit, directory); });
    if (!done && text.empty()) return done.error();
    // The report of the files before it must not be lost.
    if (!done) return Error{done.error().code, text + done.error().message};
    text += *done;
  }
  return text;
}

}  // namespace

Result<std::string> connected_parts(const AgentSetup& agent) {
  std::string parts;
  for (const AgentEdit& edit : agent.edits) {
    const auto part = connected_part(agent, edit);
    if (!part) return part.error();
    if (!part->empty()) parts += (parts.empty() ? "" : ", ") + *part;
  }
  return parts;
}

std::string needed_consent(const AgentSetup& agent) {
  for (const AgentEdit& edit : agent.edits) {
    if (needs_consent(agent, edit)) return edit.note;
  }
  return {};
}

std::vector<AgentSetup> all_agent_setups(const SetupOptions& options) {
  const AgentDirectories directories = agent_directories(options.agents);
  std::map<std::string, AgentSetup> by_id;
  for (const AgentFile& file : find_agent_files(directories)) {
    if (!file.is_usable()) continue;
    // One of the user replaces that of the installation as a whole.
    by_id.erase(file.id);
    if (auto agent = setup_of(file, directories)) by_id.emplace(file.id, std::move(*agent));
  }
  std::vector<AgentSetup> all;
  for (auto& [id, agent] : by_id) all.push_back(std::move(agent));
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
  return Error{ErrorCode::kInvalidField,
               "cannot set up " + options.what + ", expected claude" + known +
                   ", tmux, status or autostart; another agent needs a manifest with a table setup"};
}

Result<std::string> connect_agent(const SetupOptions& options, const AgentSetup& agent) {
  const bool needs_hook = std::any_of(agent.edits.begin(), agent.edits.end(),
                                      [](const AgentEdit& edit) { return edit.shape != Shape::kCopyFile; });
  Programs programs;
  if (needs_hook) {
    auto installed = installed_programs(options.hook);
    if (!installed) return installed.error();
    programs = *installed;
  }
  auto text = each_edit(options, agent, [&](const AgentEdit& edit, const JournalDirectory& directory) {
    return connect_edit(options, agent, edit, directory, programs);
  });
  if (!text) return text;
  const bool is_changed = text->starts_with("changed ") || text->find("\nchanged ") != std::string::npos;
  if (!options.dry_run && !is_changed) return text;
  for (const AgentEdit& edit : agent.edits) *text += report_line("note         ", edit.note);
  return options.dry_run ? *text + "nothing was written\n"
                         : *text + report_line("undo         ", "atm setup --remove " + agent.id);
}

Result<std::string> disconnect_agent(const SetupOptions& options, const AgentSetup& agent) {
  auto text = each_edit(options, agent, [&](const AgentEdit& edit, const JournalDirectory& directory) {
    return disconnect_edit(options, agent, edit, directory);
  });
  return text && options.dry_run ? Result<std::string>(*text + "nothing was written\n") : text;
}

std::vector<doctor::AgentConnection> agent_connections(const SetupOptions& options) {
  std::vector<doctor::AgentConnection> all;
  for (const AgentSetup& agent : all_agent_setups(options)) {
    doctor::AgentConnection connection{agent.id};
    const auto parts = connected_parts(agent);
    if (parts) {
      connection.parts = *parts;
    } else {
      connection.problem = parts.error().message;
    }
    connection.consent = needed_consent(agent);
    for (const Journal& journal : journal_directory(agent.id).all()) {
      connection.was_set_up = true;
      if (!journal.hook.empty()) connection.programs.push_back(journal.hook);
    }
    std::sort(connection.programs.begin(), connection.programs.end());
    connection.programs.erase(std::unique(connection.programs.begin(), connection.programs.end()),
                              connection.programs.end());
    all.push_back(std::move(connection));
  }
  return all;
}

std::string agents_text(const SetupOptions& options) {
  const Environment around = Environment::of_this_process("");
  std::string text;
  for (const AgentSetup& agent : all_agent_setups(options)) {
    const auto connected = connected_parts(agent);
    const bool is_connected = connected && !connected->empty();
    if (!is_connected && around.find_program(agent.program).empty()) continue;
    for (const AgentEdit& edit : agent.edits) text += terminal_safe(edit.file) + '\n';
    text += report_line("  agent        ", agent.name) +
            (is_connected ? "  connected    " + *connected + '\n' +
                                report_line("  needs        ", needed_consent(agent))
                          : "  not connected; run atm setup " + agent.id + '\n');
  }
  for (const auto& [id, problem] : untrusted_agents(options))
    text += terminal_safe(problem) + "\n  needs trust; run atm plugin trust " + id + '\n';
  return text;
}

}  // namespace atm::cli::setup
