// SPDX-License-Identifier: MIT
// Which other sessions need their person.
#pragma once

#include <atm/protocol/session.hpp>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace atm::cli {

/// `api needs you (permission)`, `3 need you: api, web, docs`: those that `atm wait --until needs-input` would
/// return for, the one that waits longest first, without the session `own`. A session is called by its directory's
/// name; where another session has the same, `:` and the session's name, pane or start of its id follow. Empty: none.
[[nodiscard]] std::string attention_text(const std::vector<protocol::Session>& sessions,
                                         std::string_view own);

/// The same, asked of the daemon; empty where none answers. It has answered, or is done without, by the end of
/// `budget`, whatever state the daemon is in.
[[nodiscard]] std::string ask_attention(const std::string& socket, std::string_view own,
                                        std::chrono::milliseconds budget);

}  // namespace atm::cli
