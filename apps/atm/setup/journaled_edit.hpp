// SPDX-License-Identifier: MIT
// Edits of a settings file with backup and journal, so that each can be undone.
#pragma once

#include <atm/domain/error.hpp>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "journal.hpp"
#include "settings_edit.hpp"
#include "settings_file.hpp"

namespace atm::cli::setup {

/// Of this user. `agent` begins the names of its files.
[[nodiscard]] JournalDirectory journal_directory(const std::string& agent);

/// The error about a file that `agent`, a name for users, would not accept either.
[[nodiscard]] Error malformed(const std::string& file, const Error& error, std::string_view agent);

/// The known state of the file before this run.
struct History {
  std::optional<Journal> journal{};
  CreatedContainers made{};
  std::string original{};  ///< the text without ATM's entries
  bool is_original_kept = false;
};

/// The text without ATM's entries, as disconnect_settings() returns it.
using Removal =
    std::function<Result<Edited>(std::string_view text, const std::optional<CreatedContainers>& made)>;
/// Of the hooks of an agent in JSON.
[[nodiscard]] Removal removal_of_hooks(std::string_view agent);

[[nodiscard]] Result<History> history_of(const JournalDirectory& directory, const SettingsFile& file,
                                         const Removal& removal, std::string_view name);

/// Writes backup, journal and file in this order, so that every write can be undone. Returns the path of the backup,
/// empty if the file did not exist.
[[nodiscard]] Result<std::string> write_connected(const JournalDirectory& directory, const SettingsFile& file,
                                                  const Edited& edited, const History& history,
                                                  const Programs& programs);

struct Undone {
  Edited edited{};
  bool is_changed = false;
  bool is_deleted = false;   ///< the file did not exist before
  bool is_restored = false;  ///< byte for byte
  std::string backup{};
  std::string difference{};  ///< of a dry run
};

/// Removes ATM's entries of this agent, or restores the file that was there before.
[[nodiscard]] Result<Undone> disconnect_file(const JournalDirectory& directory, const SettingsFile& file,
                                             const Removal& removal, std::string_view name, bool is_dry_run);

/// "a, b, c"
[[nodiscard]] std::string listed(const std::vector<std::string>& names);

/// Repeats an attempt while another program writes the file between the read and the rename.
template <class Try>
Result<std::string> until_unchanged(const Try& attempt) {
  constexpr int kAttempts = 3;
  for (int i = 1;; ++i) {
    auto result = attempt();
    if (result || result.error().code != ErrorCode::kBusy || i == kAttempts) return result;
  }
}

}  // namespace atm::cli::setup
