// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "session_table.hpp"

namespace atm::cli {

/// Why the session has its status: the cause, the evidence for and against, what would change it.
[[nodiscard]] std::string explain_text(const protocol::Session& session, const Scene& scene);

/// Of a session object of the daemon, the members that explain the status, as one object; empty where
/// `session` is none.
[[nodiscard]] std::string explain_json(std::string_view session);

}  // namespace atm::cli
