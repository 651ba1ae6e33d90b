// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace claude_code {

/// Whether a path may be a transcript: absolute, `.jsonl`.
[[nodiscard]] bool is_transcript_path(std::string_view path) noexcept;

/// The transcript of a session: the path for a session that started in `cwd`; if it does not exist, an existing one,
/// because the session may have started elsewhere; else the future path. Empty: unknown.
[[nodiscard]] std::string find_transcript(const std::string& config_dir, std::string_view cwd,
                                          const std::string& session);

}  // namespace claude_code
