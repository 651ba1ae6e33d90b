// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "rows.hpp"

namespace atm::cli {

/// The usage limits that agents report, a line for each limit of an agent: its used share as a bar and a number, and the
/// time of its reset. The session with the last activity decides. Empty: no agent reports a limit.
[[nodiscard]] std::vector<std::string> limits_lines(const SessionMap& sessions, Timestamp now);

}  // namespace atm::cli
