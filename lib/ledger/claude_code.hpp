// SPDX-License-Identifier: MIT
// Reads the responses in transcripts of Claude Code (COST-U1 to COST-U32).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "ledger/usage_reader.hpp"

namespace atm::ledger {

/// What the path of a transcript below `projects/` says.
struct TranscriptPath {
  std::string project_directory;  ///< the first directory: the slug of the project
  std::string
      session;  ///< of the file or of the directory of its subagents; empty for an old subagent's file
  std::string subagent;  ///< of a file `agent-ID.jsonl`
};
[[nodiscard]] TranscriptPath transcript_path(std::string_view below_projects);

/// Each line says everything about its response, so this reader has no state.
class ClaudeCodeReader final : public UsageReader {
 public:
  ClaudeCodeReader();
  ~ClaudeCodeReader() override;

  void open(std::string_view below, std::string_view state) override;
  [[nodiscard]] LineResult read(std::string_view line, bool is_last, Record& record) override;

 private:
  struct Fields;
  std::unique_ptr<Fields> fields_;
};

}  // namespace atm::ledger
