// SPDX-License-Identifier: MIT
#pragma once

#include <atm/domain/error.hpp>
#include <string>

#include "hook_command.hpp"

namespace atm::cli::setup {

/// The installed atm-hook, beside this program or as `named`, and the atm beside it. Prefers the stable name in PATH
/// for the same file, because the real path may contain a version. Refuses a program in a build directory.
[[nodiscard]] Result<Programs> installed_programs(const std::string& named);
/// The atmd beside it; empty if there is none.
[[nodiscard]] std::string installed_daemon(const Programs& programs);

}  // namespace atm::cli::setup
