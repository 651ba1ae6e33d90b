// SPDX-License-Identifier: MIT
// atm import: the sessions and turns of existing transcripts for atm history. No daemon is needed, and one may run.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "exit_code.hpp"

namespace atm::history {
class HistoryFile;
struct Input;
}  // namespace atm::history

namespace atm::cli {

/// What an import has read, and what of it was new.
struct ImportFigures {
  std::uint64_t files = 0;
  std::uint64_t unchanged = 0;  ///< files that an earlier import has read completely
  std::uint64_t inputs = 0;
  std::uint64_t turns = 0;
  std::uint64_t tools = 0;
  std::uint64_t copied = 0;    ///< lines of another session
  std::uint64_t invalid = 0;   ///< lines
  std::uint64_t too_long = 0;  ///< lines
  std::set<std::string> sessions{};
  std::vector<std::string> problems{};  ///< files that cannot be read

  void add(const history::Input& one);
};

/// Reads the transcripts of these configuration directories into the history. Throws SqlError.
[[nodiscard]] ImportFigures import_transcripts(history::HistoryFile& file,
                                               const std::vector<std::string>& config_directories,
                                               std::int64_t since_ns, bool is_dry);

struct ImportOptions {
  std::string directory;  ///< of history.db; empty: history_directory()
  std::string since = "-30d";
  bool dry_run = false;
  bool json = false;
};

[[nodiscard]] ExitCode run_import(const ImportOptions& options);

}  // namespace atm::cli
