// SPDX-License-Identifier: MIT
// Parses the hooks, status lines, session files and transcripts of Claude Code.
#pragma once

#include <array>
#include <atm/plugin/host.hpp>
#include <atm/plugin/interfaces.hpp>
#include <span>
#include <string_view>

#include "hook.hpp"

namespace claude_code {

class ClaudeCode : public atm::Parser {
 public:
  static constexpr atm::Descriptor kDescriptor{
      "claude_code", "0.1.0", "Hooks, status lines, session files and transcripts of Claude Code",
      R"({
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "include_tool_detail": {
      "type": "boolean",
      "default": false,
      "description": "include the first 200 bytes of a tool's command, path, pattern or URL, as `detail`"
    },
    "sessions": {"removed": "the session files are always watched, because hooks alone do not show the end of a session"},
    "transcripts": {
      "type": "boolean",
      "default": true,
      "description": "follow the transcripts of live sessions; uses one of the `limits.subscribers`"
    },
    "config_dirs": {
      "type": "array",
      "items": {"type": "string"},
      "description": "the configuration directories of Claude Code; absolute paths; default the daemon's `$CLAUDE_CONFIG_DIR`, else `~/.claude`"
    },
    "discover_seconds": {
      "type": "integer",
      "minimum": 0,
      "maximum": 86400,
      "default": 30,
      "description": "period of the search for directories of running agents; 0: only when a client sends `discover`"
    }
  }
})"};

  static constexpr std::string_view kAgent = "claude_code";
  static constexpr std::string_view kHookChannel = "claude_code/hook";
  static constexpr std::string_view kStatusLineChannel = "claude_code/status_line";
  static constexpr std::string_view kSessionFileChannel = "claude_code/session_file";
  static constexpr std::string_view kTranscriptChannel = "claude_code/transcript";

  /// `config_json` matches the schema. Throws std::invalid_argument if it is not a JSON object.
  ClaudeCode(const atm::Host& host, std::string_view config_json);

  [[nodiscard]] std::span<const std::string_view> channels() const noexcept override { return kChannels; }

  /// [any] Emits `process.bound`, if the record's process is known, and the meaning of the record. kSkip for a record
  /// without information about a session.
  atm::Status parse(const atm::Record& record, const atm::ObservationSink& sink,
                    atm::ErrorText& error) const override;

 private:
  static constexpr std::array<std::string_view, 4> kChannels = {kHookChannel, kStatusLineChannel,
                                                                kSessionFileChannel, kTranscriptChannel};

  Options options_;
};

}  // namespace claude_code
