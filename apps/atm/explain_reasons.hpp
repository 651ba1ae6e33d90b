// SPDX-License-Identifier: MIT
// Sentences about a status: its cause, why it is uncertain, what changes it, and which sources are missing. The rules
// are those of docs/specs/state.md. The sentences are not terminal-safe: they contain names from other programs.
#pragma once

#include <atm/protocol/session.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "session_table.hpp"

namespace atm::cli {

/// `input.needed from claude_code/hook, seq 41`; empty if there is no evidence.
[[nodiscard]] std::string cause_text(const SessionDomain& session);

/// `permission, announced, acknowledged`
[[nodiscard]] std::string attention_text(const Attention& attention);

/// The stance of an origin whose name ends in `suffix`; nullptr if there is none.
[[nodiscard]] const Evidence* heard_from(const SessionDomain& session, std::string_view suffix);

/// Returns true if the agent itself has reported: by a hook, or by observations that it states.
[[nodiscard]] bool has_hooks(const SessionDomain& session);

/// One sentence; empty if the status is certain.
[[nodiscard]] std::string doubt_text(const SessionDomain& session, Timestamp now,
                                     const AgentReports& reports = {});

/// One or two sentences.
[[nodiscard]] std::vector<std::string> what_would_change(const SessionDomain& session, Timestamp now,
                                                         const AgentReports& reports = {});

[[nodiscard]] std::vector<std::string> how_to_see_more(const protocol::Session& session);

}  // namespace atm::cli
