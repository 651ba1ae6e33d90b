// SPDX-License-Identifier: MIT
// Sentences on a status: what made it so, why it is not certain, what would change it, what is missing to see
// more. The rules are docs/specs/state.md's. None of them is terminal-safe yet: names of others are in them.
#pragma once

#include <atm/protocol/session.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace atm::cli {

/// `input.needed from claude_code/hook, seq 41`; empty while nothing has.
[[nodiscard]] std::string cause_text(const SessionDomain& session);

/// `permission, announced, acknowledged`
[[nodiscard]] std::string attention_text(const Attention& attention);

/// What an origin ownership name ends in `suffix` said last; nullptr where none has spoken.
[[nodiscard]] const Evidence* heard_from(const SessionDomain& session, std::string_view suffix);

/// Whether a hook of the session was ever heard.
[[nodiscard]] bool has_hooks(const SessionDomain& session);

/// One sentence, empty where the status is certain.
[[nodiscard]] std::string doubt_text(const SessionDomain& session, Timestamp now);

/// One or two sentences.
[[nodiscard]] std::vector<std::string> what_would_change(const SessionDomain& session, Timestamp now);

[[nodiscard]] std::vector<std::string> how_to_see_more(const protocol::Session& session);

}  // namespace atm::cli
