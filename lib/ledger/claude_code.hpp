// SPDX-License-Identifier: MIT
// Reads the responses in transcripts of Claude Code (COST-U1 to COST-U32).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "ledger/record.hpp"

namespace atm::ledger {

/// What the path of a transcript below `projects/` says.
struct TranscriptPath {
  std::string project_directory;  ///< the first directory: the slug of the project
  std::string
      session;  ///< of the file or of the directory of its subagents; empty for an old subagent's file
  std::string subagent;  ///< of a file `agent-ID.jsonl`
};
[[nodiscard]] TranscriptPath transcript_path(std::string_view below_projects);

/// Reads the lines of one file after the other. Not synchronised.
class ClaudeCodeReader final {
 public:
  ClaudeCodeReader();
  ~ClaudeCodeReader();

  /// The next lines are of this file.
  void open(const TranscriptPath& path);

  /// Reads one line without its line feed. `record` is valid until the next call if the result is kResponse. `is_last`:
  /// the line has no line feed; if it is not complete, the result is kTorn.
  [[nodiscard]] LineResult read(std::string_view line, bool is_last, Record& record);

 private:
  struct Fields;
  std::unique_ptr<Fields> fields_;
};

}  // namespace atm::ledger
