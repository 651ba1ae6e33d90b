// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace atm::cli {

/// What git's HEAD says of `directory` or of the directory above that is a work tree: the branch, else the first
/// digits of the commit; empty where there is none. Reads files only, and of a few bytes.
[[nodiscard]] std::string branch_of(const std::string& directory);

}  // namespace atm::cli
