// SPDX-License-Identifier: MIT
#include "agent_edit.hpp"

#include <algorithm>
#include <atm/json.hpp>
#include <filesystem>
#include <variant>

#include "journaled_edit.hpp"
#include "lib/agents/agent_manifest.hpp"
#include "lib/agents/trusted_files.hpp"
#include "lib/config/toml.hpp"
#include "our_entries.hpp"
#include "text.hpp"
#include "text_file.hpp"
#include "toml_array.hpp"
#include "toml_tables.hpp"
#include "unified_diff.hpp"

namespace atm::cli::setup {

namespace {

Error refused(const std::string& message) {
  return {ErrorCode::kInvalidField, message};
}

Wanted wanted_of(const AgentSetup& agent, const AgentEdit& edit, const Programs& programs) {
  Wanted wanted;
  wanted.agent = agent.id;
  wanted.timeout = edit.timeout;
  wanted.is_last = edit.is_last;
  wanted.programs = programs;
  wanted.with_status_line = false;
  for (const std::string& event : edit.events) wanted.events.push_back({event, {}, false});
  return wanted;
}

Result<SettingsFile> open_file(const AgentSetup& agent, const AgentEdit& edit) {
  if (edit.file.empty())
    return refused("cannot find the settings of " + agent.name + ": HOME is not set; set HOME");
  auto file = open_settings(edit.file);
  if (!file) return Error{file.error().code, file.error().message + "; nothing was changed"};
  return file;
}

/// What removes ATM's part of a settings file.
Removal removal_of(const AgentSetup& agent, const AgentEdit& edit) {
  if (edit.shape == Shape::kHooksJson) return removal_of_hooks(agent.id);
  return [id = agent.id, key = edit.key](std::string_view text, const std::optional<CreatedContainers>&) {
    return disconnect_toml_array(text, key, id);
  };
}

/// The file that the manifest brings along. One of the user needs trust, like the manifest.
Result<std::string> source_text(const AgentSetup& agent, const AgentEdit& edit) {
  std::string text;
  if (auto problem = read_own_file(edit.source, AgentManifest::kMaxBytes, text))
    return refused(problem->message());
  if (agent.is_user &&
      TrustedFiles::read(agent.trusted).of(edit.source, sha256_text(text)) != Trust::kTrusted)
    return refused(edit.source + " changed since you trusted it; read it, then run atm plugin trust " +
                   agent.id);
  return text;
}

bool is_our_copy(const JournalDirectory& directory, const SettingsFile& file, const std::string& source) {
  if (!file.exists) return false;
  const auto journal = directory.read(file.path);
  return file.text == source || (journal && journal->is_unedited(file.text));
}

Result<std::string> changed(const SetupOptions& options, const SettingsFile& file, const Edited& edited,
                            const JournalDirectory& directory, const History& history,
                            const Programs& programs) {
  if (options.dry_run)
    return unified_diff(file.text, edited.text, terminal_safe(file.path)) +
           report_line("would change ", file.path);
  const auto backup = write_connected(directory, file, edited, history, programs);
  if (!backup) return backup.error();
  return report_line("changed      ", file.path) + report_line("backup       ", *backup);
}

Result<std::string> connect_copy(const SetupOptions& options, const AgentSetup& agent, const AgentEdit& edit,
                                 const SettingsFile& file, const JournalDirectory& directory) {
  const auto source = source_text(agent, edit);
  if (!source) return source.error();
  if (file.exists && file.text == *source) return "nothing to change in " + terminal_safe(file.path) + "\n";
  if (file.exists && !is_our_copy(directory, file, *source))
    return refused(file.path +
                   " was not written by ATM, or was edited since; nothing was changed: move it away");
  History history;
  history.journal = directory.read(file.path);
  history.is_original_kept = file.exists && history.journal.has_value();
  Edited edited{*source};
  auto text = changed(options, file, edited, directory, history, {});
  return text ? Result<std::string>(*text + report_line("agent        ", agent.name)) : text;
}

Result<std::string> disconnect_copy(const SetupOptions& options, const AgentSetup& agent,
                                    const AgentEdit& edit, const SettingsFile& file,
                                    const JournalDirectory& directory) {
  // Without the source the journal tells whose the file is.
  const auto source = source_text(agent, edit);
  if (!file.exists) return "no file of ATM at " + terminal_safe(file.path) + "\n";
  if (!is_our_copy(directory, file, source ? *source : ""))
    return refused(file.path + " was not written by ATM, or was edited since; it stays: remove it yourself");
  if (options.dry_run) return report_line("would remove ", file.path);
  const auto kept = directory.keep(file.path, "backup", file.text);
  if (!kept) return kept.error();
  const auto journal = directory.read(file.path);
  if (auto removed = remove_settings(file, journal ? journal->made_directory : ""); !removed)
    return removed.error();
  directory.forget(file.path);
  directory.prune(file.path);
  return report_line("removed      ", file.path) +
         report_line("backup       ", directory.path() + '/' + *kept);
}

/// "PreToolUse" as "pre_tool_use".
std::string snake_case(std::string_view name) {
  std::string snake;
  for (const char c : name) {
    const bool is_upper = c >= 'A' && c <= 'Z';
    if (is_upper && !snake.empty()) snake += '_';
    snake += is_upper ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return snake;
}

std::size_t place_of(const std::vector<jsonc::JsonNode::Id>& all, jsonc::JsonNode::Id one) {
  return static_cast<std::size_t>(std::find(all.begin(), all.end(), one) - all.begin());
}

/// EVENT:GROUP:INDEX of each hook of ATM.
std::vector<std::string> places_of_hooks(std::string_view text, const std::string& agent) {
  std::vector<std::string> places;
  const auto tree = jsonc::JsonTree::scan(text);
  const auto hooks = tree && !tree->empty() ? tree->member(0, "hooks") : std::nullopt;
  if (!hooks || !tree->is(*hooks, jsonc::JsonNode::Kind::kObject)) return places;
  for (const jsonc::JsonNode::Id event : tree->children(*hooks)) {
    for (const HandlerPlace& place : handlers_of(*tree, event, agent)) {
      const auto list = tree->member(place.group, "hooks");
      if (place.ownership != Ownership::kOurs || !list) continue;
      places.push_back(snake_case(tree->key(event)) + ':' +
                       std::to_string(place_of(tree->children(event), place.group)) + ':' +
                       std::to_string(place_of(tree->children(*list), place.handler)));
    }
  }
  return places;
}

/// The names under which the agent stores the user's consent to the hooks of ATM in this file.
std::vector<std::string> names_of_consents(const AgentSetup& agent, const AgentEdit& edit,
                                           const SettingsFile& file) {
  std::vector<std::string> names;
  if (edit.consent_file.empty()) return names;
  for (const std::string& place : places_of_hooks(file.text, agent.id)) {
    names.push_back(file.path + ':' + place);
    if (edit.file != file.path) names.push_back(edit.file + ':' + place);
  }
  return names;
}

/// The consents lose their meaning with the hooks; a later hook in the same place would inherit them.
Result<std::string> remove_consents(const SetupOptions& options, const AgentEdit& edit,
                                    const std::vector<std::string>& names,
                                    const JournalDirectory& directory) {
  if (names.empty()) return std::string();
  const auto file = open_settings(edit.consent_file);
  if (!file || !file->exists) return std::string();
  const auto edited = without_toml_tables(file->text, edit.consent_table, names);
  if (!edited)
    return report_line("unchanged    ", file->path + ':' + edited.error().message +
                                            "; remove the tables of ATM below " + edit.consent_table +
                                            " yourself");
  if (edited->removed.empty()) return std::string();
  const std::string removed =
      report_line("removed      ", std::to_string(edited->removed.size()) +
                                       (edited->removed.size() == 1 ? " consent" : " consents"));
  if (options.dry_run)
    return unified_diff(file->text, edited->text, terminal_safe(file->path)) +
           report_line("would change ", file->path) + removed;
  const auto kept = directory.keep(file->path, "backup", file->text);
  if (!kept) return kept.error();
  if (auto replaced = replace_settings(*file, edited->text); !replaced) return replaced.error();
  directory.prune(file->path);
  return report_line("changed      ", file->path) +
         report_line("backup       ", directory.path() + '/' + *kept) + removed;
}

}  // namespace

bool needs_consent(const AgentSetup& agent, const AgentEdit& edit) {
  if (edit.consent_file.empty()) return false;
  const auto file = open_file(agent, edit);
  const auto places = file ? places_of_hooks(file->text, agent.id) : std::vector<std::string>();
  if (places.empty()) return false;
  const auto text = read_text_file(edit.consent_file, kMostSettingsBytes);
  auto parsed = parse_toml(text && *text ? **text : std::string(), edit.consent_file);
  const TomlFile* toml = std::get_if<TomlFile>(&parsed);
  json::Reader reader;
  const json::Value* table = toml == nullptr ? nullptr : reader.parse(toml->json);
  std::string_view rest = edit.consent_table;
  while (table != nullptr && !rest.empty()) {
    const std::size_t dot = std::min(rest.find('.'), rest.size());
    table = json::get_object(*table, std::string(rest.substr(0, dot)).c_str());
    rest.remove_prefix(std::min(rest.size(), dot + 1));
  }
  return std::any_of(places.begin(), places.end(), [&](const std::string& place) {
    return table == nullptr || (json::find(*table, edit.file + ':' + place) == nullptr &&
                                json::find(*table, file->path + ':' + place) == nullptr);
  });
}

std::string report_line(const char* title, const std::string& text) {
  return text.empty() ? "" : title + terminal_safe(text) + '\n';
}

Result<std::string> connect_edit(const SetupOptions& options, const AgentSetup& agent, const AgentEdit& edit,
                                 const JournalDirectory& directory, const Programs& programs) {
  const auto file = open_file(agent, edit);
  if (!file) return file.error();
  if (edit.shape == Shape::kCopyFile) return connect_copy(options, agent, edit, *file, directory);
  if (edit.shape == Shape::kHooksJson && is_true(file->text, "disableAllHooks"))
    return refused(file->path +
                   " sets disableAllHooks, so no hook runs; nothing was changed: remove it and try again");
  const auto history = history_of(directory, *file, removal_of(agent, edit), agent.name);
  if (!history) return history.error();
  const auto edited = edit.shape == Shape::kHooksJson
                          ? connect_settings(file->text, wanted_of(agent, edit, programs), history->made)
                          : connect_toml_array(file->text, edit.key, programs.hook, agent.id);
  if (!edited) return malformed(file->path, edited.error(), agent.name);
  if (edit.shape == Shape::kTomlArray && !edited->mixed.empty())
    return report_line("unchanged    ", file->path + ", which sets " + edit.key + " to a command of yours");
  if (edited->text == file->text) return "nothing to change in " + terminal_safe(file->path) + "\n";
  const auto text = changed(options, *file, *edited, directory, *history, programs);
  if (!text) return text.error();
  const std::string what =
      edit.shape == Shape::kHooksJson
          ? report_line("events       ", std::to_string(edit.events.size()) + " connected")
          : report_line("key          ", edit.key);
  return *text + report_line("agent        ", agent.name) + what +
         report_line("  new        ", listed(edited->added)) +
         report_line("  updated    ", listed(edited->updated)) +
         report_line("  removed    ", listed(edited->removed)) +
         report_line("  unchanged  ", listed(edited->mixed));
}

Result<std::string> disconnect_edit(const SetupOptions& options, const AgentSetup& agent,
                                    const AgentEdit& edit, const JournalDirectory& directory) {
  const auto file = open_file(agent, edit);
  if (!file) return file.error();
  if (edit.shape == Shape::kCopyFile) return disconnect_copy(options, agent, edit, *file, directory);
  const auto consents = names_of_consents(agent, edit, *file);
  const auto undone = disconnect_file(directory, *file, removal_of(agent, edit), agent.name, options.dry_run);
  if (!undone) return undone.error();
  if (!undone->is_changed) return "no entries of ATM in " + terminal_safe(file->path) + "\n";
  const std::string how = undone->is_deleted    ? " (deleted: it did not exist before)"
                          : undone->is_restored ? " (restored byte for byte)"
                                                : " (entries of ATM removed; the file was edited since)";
  const auto removed = remove_consents(options, edit, consents, directory);
  if (!removed) return removed.error();
  return undone->difference +
         report_line(options.dry_run ? "would change " : "changed      ", file->path + how) +
         report_line("backup       ", undone->backup) +
         report_line("removed      ", listed(undone->edited.removed)) +
         report_line("unchanged    ", listed(undone->edited.mixed)) + *removed;
}

Result<std::string> connected_part(const AgentSetup& agent, const AgentEdit& edit) {
  const auto file = open_file(agent, edit);
  if (!file) return file.error();
  if (edit.shape == Shape::kCopyFile) {
    const auto source = source_text(agent, edit);
    const bool is_there =
        is_our_copy(JournalDirectory(journal_directory(agent.id)), *file, source ? *source : "");
    return is_there ? std::filesystem::path(edit.file).filename().string() : std::string();
  }
  const auto without = removal_of(agent, edit)(file->text, std::nullopt);
  if (!without) return Error{without.error().code, file->path + ": " + without.error().message};
  if (without->removed.empty() || edit.shape == Shape::kTomlArray) return listed(without->removed);
  return std::to_string(without->removed.size()) + (without->removed.size() == 1 ? " event" : " events") +
         (needs_consent(agent, edit) ? " (needs consent)" : "");
}

}  // namespace atm::cli::setup
