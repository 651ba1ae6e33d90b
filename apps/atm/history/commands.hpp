// SPDX-License-Identifier: MIT
// The commands of atm history: answers.cpp has those that read, maintenance.cpp those that care for the file. Each
// throws SqlError.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "history/history.hpp"

namespace atm::history {
class Index;
}

namespace atm::cli {

[[nodiscard]] ExitCode answer_question(const HistoryQuestion& question, const HistoryOptions& options);
/// Daemon lives and gaps, from the history itself.
[[nodiscard]] ExitCode show_losses(const HistoryOptions& options);
/// One line for each session: what it did in each part of the range.
[[nodiscard]] ExitCode show_timeline(const HistoryOptions& options);
[[nodiscard]] ExitCode export_scenario(const HistoryOptions& options);
[[nodiscard]] ExitCode run_sql(const HistoryOptions& options);

[[nodiscard]] ExitCode verify_history(const HistoryOptions& options);
[[nodiscard]] ExitCode backup_history(const HistoryOptions& options);
[[nodiscard]] ExitCode forget_inputs(const Global& global, const HistoryOptions& options);
[[nodiscard]] ExitCode rebuild_index(const HistoryOptions& options);

// What both share.

inline constexpr std::int64_t kSecond = 1'000'000'000;

[[nodiscard]] std::string directory_of(const HistoryOptions& options);
[[nodiscard]] ExitCode refuse(const std::string& text);
/// The index with all inputs of the history, with progress on a terminal. A damaged index is made again.
[[nodiscard]] std::unique_ptr<history::Index> index_of(const std::string& directory,
                                                       history::HistoryFile& file);
void remove_index(const std::string& directory) noexcept;
/// The complete id of the session that the user named; empty if none was named.
[[nodiscard]] Result<std::string> session_of(const HistoryOptions& options, history::Index& index);
/// The same for what reads the history itself; makes no index if no session is named.
[[nodiscard]] Result<std::string> named_session(const HistoryOptions& options, const std::string& directory,
                                                history::HistoryFile& file);

}  // namespace atm::cli
