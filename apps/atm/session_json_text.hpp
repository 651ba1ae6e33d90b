// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <vector>

namespace atm::cli {

/// Of the lines of a `sessions` or `session` message: each session's object as the daemon wrote it, by its
/// id. What a newer daemon says beyond what this program knows stays in.
[[nodiscard]] std::map<std::string, std::string, std::less<>> session_objects(
    const std::vector<std::string>& lines);

}  // namespace atm::cli
