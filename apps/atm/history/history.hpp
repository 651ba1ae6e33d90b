// SPDX-License-Identifier: MIT
// atm history: questions about the past, and the care of the history's file. No daemon is needed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "command.hpp"
#include "exit_code.hpp"

namespace atm::history {
class HistoryFile;
}

namespace atm::cli {

struct HistoryOptions {
  std::string command;    ///< a name of history_questions(), or verify, backup, forget, reindex, sql
  std::string directory;  ///< of history.db; empty: history_directory()
  std::string since;
  std::string until;
  std::string at;
  std::string project;  ///< part of a directory
  std::string session;  ///< an id, or a unique beginning or end of one
  std::string text;     ///< the statement of sql, the file of backup
  bool is_redacted = false;
  bool json = false;
  bool csv = false;
};

struct HistoryQuestion {
  const char* name;
  const char* help;
  /// Columns are named `title|kind`; ?1 and ?2 are the range, ?3 is a part of the directory, ?4 the id; both may be empty.
  const char* sql;
  /// `--since` if none is given.
  const char* since;
};

[[nodiscard]] const std::vector<HistoryQuestion>& history_questions();

[[nodiscard]] ExitCode run_history(const Global& global, const HistoryOptions& options);

/// The history in this directory, for readers. Throws SqlError: it does not exist, or it cannot be read.
[[nodiscard]] std::unique_ptr<history::HistoryFile> open_history(const std::string& directory);
/// What the user's atm.toml sets.
struct HistorySettings {
  std::string directory;         ///< of history.db; by default the state directory
  std::size_t max_sessions = 0;  ///< of the daemon
};
/// Throws SqlError: the file cannot be read.
[[nodiscard]] HistorySettings history_settings();
[[nodiscard]] std::string history_directory();
/// ${XDG_STATE_HOME:-~/.local/state}/atm
[[nodiscard]] std::string state_directory();
/// Unix time.
[[nodiscard]] std::int64_t now_ns();

/// Stores that the user has seen the sessions now; `atm history` without `--since` begins there.
void note_look() noexcept;

}  // namespace atm::cli
