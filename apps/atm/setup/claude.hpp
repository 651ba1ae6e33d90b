// SPDX-License-Identifier: MIT
// Claude Code's settings: our hooks and status line in, and out again. What is said afterwards is given.
#pragma once

#include <atm/domain/error.hpp>
#include <string>

#include "setup.hpp"

namespace atm::cli::setup {

[[nodiscard]] Result<std::string> connect_claude(const SetupOptions& options);
[[nodiscard]] Result<std::string> disconnect_claude(const SetupOptions& options);

/// The settings file that is meant; kInvalidField without a home directory.
[[nodiscard]] Result<std::string> claude_settings_path(const SetupOptions& options);

}  // namespace atm::cli::setup
