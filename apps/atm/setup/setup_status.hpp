// SPDX-License-Identifier: MIT
#pragma once

#include <atm/domain/error.hpp>
#include <string>
#include <vector>

#include "setup.hpp"

namespace atm::cli::setup {

/// The state of setup: in the user's settings file, and in each file that has a journal.
[[nodiscard]] Result<std::string> setup_status(const SetupOptions& options);

/// The names of the agents that are connected.
[[nodiscard]] std::vector<std::string> connected_names(const SetupOptions& options);

/// A table of all agents: which are on this machine, and which are connected; then what to type next.
[[nodiscard]] std::string setup_overview(const SetupOptions& options);

}  // namespace atm::cli::setup
