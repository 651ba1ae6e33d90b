// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace atm::cli {

/// The branch of the work tree around `directory`, from git's HEAD; else the first digits of the commit; empty if there
/// is none. Reads only small files.
[[nodiscard]] std::string branch_of(const std::string& directory);

}  // namespace atm::cli
