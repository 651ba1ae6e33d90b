// SPDX-License-Identifier: MIT
// The channels, spelled as those outside spell them.
#pragma once

namespace claude_code::test {

inline constexpr const char* kHook = "claude_code/hook";
inline constexpr const char* kStatusLine = "claude_code/status_line";
inline constexpr const char* kSessionFile = "claude_code/session_file";
inline constexpr const char* kTranscript = "claude_code/transcript";

}  // namespace claude_code::test
