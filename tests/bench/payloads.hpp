// SPDX-License-Identifier: MIT
// Lines in the form and length that atm-hook sends for Claude Code 2.1.330.
#pragma once

#include <string>

namespace atm::bench {

[[nodiscard]] std::string session_name(int index);

/// The input of a status line command; `step` changes cost, time and context.
[[nodiscard]] std::string status_payload(int session, int step);
/// The input of a hook of a tool.
[[nodiscard]] std::string hook_payload(int session, const std::string& tool,
                                       const std::string& event = "PreToolUse");

/// The payload as one line of the protocol, with the hook's context and a newline.
[[nodiscard]] std::string status_line(int session, int step);
[[nodiscard]] std::string hook_line(int session, const std::string& tool,
                                    const std::string& event = "PreToolUse");

/// The session's cost after status_line(session, step), as text of its JSON.
[[nodiscard]] std::string cost_usd_micros(int step);

}  // namespace atm::bench
