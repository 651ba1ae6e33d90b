// SPDX-License-Identifier: MIT
// Other sessions that need the user.
#pragma once

#include <atm/protocol/session.hpp>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace atm::cli {

/// `api needs you (permission)`, `3 need you: api, web, docs`: the sessions for which `atm wait --until needs-input`
/// would return, the longest wait first, without the session `own`. A session has its directory's name; if another
/// session has the same, `:` and the session's name, pane or id prefix follow. Empty if there are none.
[[nodiscard]] std::string attention_text(const std::vector<protocol::Session>& sessions,
                                         std::string_view own);

/// The same, requested from the daemon; empty if none answers. Returns within `budget` in every state of the daemon.
[[nodiscard]] std::string ask_attention(const std::string& socket, std::string_view own,
                                        std::chrono::milliseconds budget);

}  // namespace atm::cli
