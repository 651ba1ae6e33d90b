// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace claude_code {

/// Whether a client's transcript could be there: absolute, `.jsonl`.
[[nodiscard]] bool is_transcript_path(std::string_view path) noexcept;

/// The transcript of a session: where the client would put that of one that began in `cwd`; if it is not
/// there, where it is, since a session may have begun in another directory than it is in now. If it is nowhere
/// yet, where it would be; empty: not known.
[[nodiscard]] std::string find_transcript(const std::string& config_dir, std::string_view cwd,
                                          const std::string& session);

}  // namespace claude_code
