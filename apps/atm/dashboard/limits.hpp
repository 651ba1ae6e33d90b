// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "rows.hpp"

namespace atm::cli {

/// The usage limits that agents report, a line for each limit of an agent: its used share as a bar and a number, and the
/// time of its reset. The session with the last activity decides. Empty: no agent reports a limit.
[[nodiscard]] std::vector<std::string> limits_lines(const SessionMap& sessions, Timestamp now);

/// The sessions with a prompt cache that has not expired, a line for each: its name, when the cache expires, and how
/// many tokens the next prompt writes again after that. At most six lines; the cache that expires first comes first.
[[nodiscard]] std::vector<std::string> prompt_cache_lines(const SessionMap& sessions, Timestamp now);

}  // namespace atm::cli
