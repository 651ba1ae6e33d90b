// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <vector>

namespace atm::cli {

/// Splits a `sessions` or `session` message: each session's object as the daemon wrote it, by its id. Members that this
/// program does not know are kept.
[[nodiscard]] std::map<std::string, std::string, std::less<>> session_objects(
    const std::vector<std::string>& lines);

}  // namespace atm::cli
