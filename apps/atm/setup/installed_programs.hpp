// SPDX-License-Identifier: MIT
#pragma once

#include <atm/domain/error.hpp>
#include <string>

#include "hook_command.hpp"

namespace atm::cli::setup {

/// The installed atm-hook, beside this program or as `named`, and the atm beside it, by paths that stay: where PATH has
/// the same program that name is taken, for the real one may hold a version. Refused: a build directory's.
[[nodiscard]] Result<Programs> installed_programs(const std::string& named);
/// The atmd beside it; empty where there is none.
[[nodiscard]] std::string installed_daemon(const Programs& programs);

}  // namespace atm::cli::setup
