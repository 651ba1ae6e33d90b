// SPDX-License-Identifier: MIT
// Lines as atm-hook sends them for Claude Code 2.1.330, in form and length.
#pragma once

#include <string>

namespace atm::bench {

[[nodiscard]] std::string session_name(int index);

/// What the client gives its status line command; `step` moves cost, time and context.
[[nodiscard]] std::string status_payload(int session, int step);
/// What it gives a PreToolUse hook.
[[nodiscard]] std::string hook_payload(int session, const std::string& tool);

/// The payload as one line of the protocol, with the context the hook adds, newline included.
[[nodiscard]] std::string status_line(int session, int step);
[[nodiscard]] std::string hook_line(int session, const std::string& tool);

/// What a session's cost is after status_line(session, step), as it stands in a session's JSON.
[[nodiscard]] std::string cost_usd_micros(int step);

}  // namespace atm::bench
