// SPDX-License-Identifier: MIT
#pragma once

#include <atm/abi.h>

#include <variant>

#include "kernel/plugins/manifest.hpp"
#include "lib/config/problem.hpp"

namespace atm::kernel {

/// Loads a plugin's library and returns its checked descriptor. The library stays loaded until the process ends: a
/// plugin may leave a thread, a thread-local or a static object behind, and unmapped code cannot be debugged. [main]
[[nodiscard]] std::variant<const atm_plugin*, Problem> load_library(const Manifest& manifest);

}  // namespace atm::kernel
