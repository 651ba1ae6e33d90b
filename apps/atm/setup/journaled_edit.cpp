// SPDX-License-Identifier: MIT
#include "journaled_edit.hpp"

#include "content_id.hpp"
#include "environment.hpp"
#include "text.hpp"
#include "unified_diff.hpp"

namespace atm::cli::setup {

namespace {

constexpr std::size_t kMostWritten = 8;

// Of two files in a directory of ATM, the one that is removed last removes the directory.
std::string made_directory(const JournalDirectory& directory, const SettingsFile& file) {
  if (!file.missing_directory.empty()) return file.missing_directory;
  for (const Journal& other : directory.all()) {
    if (!other.made_directory.empty() && file.path.starts_with(other.made_directory + '/'))
      return other.made_directory;
  }
  return {};
}

}  // namespace

JournalDirectory journal_directory(const std::string& agent) {
  const std::string state = doctor::Environment::of_this_process("").state_directory;
  return JournalDirectory(state.empty() ? state : state + "/setup", agent);
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text.append(text.empty() ? "" : ", ").append(name);
  return text;
}

Error malformed(const std::string& file, const Error& error, std::string_view agent) {
  if (error.code == ErrorCode::kInternal)
    return {error.code, file + " was not changed: " + error.message + "; report this file"};
  return {error.code, file + ':' + error.message + "; " + std::string(agent) +
                          " ignores such a file, and nothing was changed: correct it and try again"};
}

Removal removal_of_hooks(std::string_view agent) {
  return [agent = std::string(agent)](std::string_view text, const std::optional<CreatedContainers>& made) {
    return disconnect_settings(text, made, agent);
  };
}

Result<History> history_of(const JournalDirectory& directory, const SettingsFile& file,
                           const Removal& removal, std::string_view name) {
  History history;
  history.journal = directory.read(file.path);
  const auto known = history.journal ? std::optional(history.journal->made) : std::nullopt;
  const auto without = removal(file.text, known);
  if (!without) return malformed(file.path, without.error(), name);
  history.original = without->text;
  if (without->text == file.text) {
    history.journal.reset();  // no entry of ATM is left: the history starts anew
    return history;
  }
  if (history.journal) {
    history.made = history.journal->made;
    history.is_original_kept = history.journal->is_unedited(file.text);
  } else {
    history.made = {true, without->removed, without->status_line_changed};
  }
  return history;
}

Result<std::string> write_connected(const JournalDirectory& directory, const SettingsFile& file,
                                    const Edited& edited, const History& history, const Programs& programs) {
  Journal journal = history.is_original_kept ? *history.journal : Journal{};
  std::string backup;
  if (file.exists) {
    const auto kept = directory.keep(file.path, "backup", file.text);
    if (!kept) return kept.error();
    backup = *kept;
  }
  if (!history.is_original_kept) {
    journal.existed = file.exists;
    journal.made_directory = made_directory(directory, file);
    journal.original = backup;
    if (history.original != file.text) {
      const auto kept = directory.keep(file.path, "original", history.original);
      if (!kept) return kept.error();
      journal.original = *kept;
    }
  }
  journal.file = file.path;
  journal.backup = backup;
  journal.made = edited.made;
  journal.hook = programs.hook;
  journal.time = utc_now();
  journal.size = edited.text.size();
  if (!edited.former_status_line.empty()) journal.former_status_line = edited.former_status_line;
  journal.written.push_back(content_id(edited.text));
  if (journal.written.size() > kMostWritten) journal.written.erase(journal.written.begin());
  if (auto written = directory.write(journal); !written) return written.error();
  if (auto replaced = replace_settings(file, edited.text); !replaced) return replaced.error();
  directory.prune(file.path);
  return backup.empty() ? backup : directory.path() + '/' + backup;
}

Result<Undone> disconnect_file(const JournalDirectory& directory, const SettingsFile& file,
                               const Removal& removal, std::string_view name, bool is_dry_run) {
  const auto journal = directory.read(file.path);
  const auto known = journal ? std::optional(journal->made) : std::nullopt;
  auto edited = removal(file.text, known);
  if (!edited) return malformed(file.path, edited.error(), name);
  Undone undone;
  undone.edited = std::move(*edited);
  if (journal && file.exists && journal->is_unedited(file.text)) {
    const auto original = journal->existed ? directory.kept(journal->original) : std::nullopt;
    undone.is_deleted = !journal->existed;
    undone.is_restored = original.has_value();
    if (original) undone.edited.text = *original;
  }
  undone.is_changed = undone.is_deleted || undone.edited.text != file.text;
  if (!undone.is_changed) {
    if (!is_dry_run) directory.forget(file.path);
    return undone;
  }
  if (is_dry_run) {
    undone.difference =
        unified_diff(file.text, undone.is_deleted ? "" : undone.edited.text, terminal_safe(file.path));
    return undone;
  }
  const auto kept = directory.keep(file.path, "backup", file.text);
  if (!kept) return kept.error();
  undone.backup = directory.path() + '/' + *kept;
  const auto done = undone.is_deleted ? remove_settings(file, journal->made_directory)
                                      : replace_settings(file, undone.edited.text);
  if (!done) return done.error();
  directory.forget(file.path);
  directory.prune(file.path);
  return undone;
}

}  // namespace atm::cli::setup
