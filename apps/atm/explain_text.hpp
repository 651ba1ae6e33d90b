// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "explain_reasons.hpp"
#include "session_table.hpp"

namespace atm::cli {

/// The reasons for a session's status: cause, evidence for and against, possible changes.
[[nodiscard]] std::string explain_text(const protocol::Session& session, const Scene& scene);

/// The members of the daemon's session object that explain the status, as one object; empty if `session` is no object.
[[nodiscard]] std::string explain_json(std::string_view session);

}  // namespace atm::cli
