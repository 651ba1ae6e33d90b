// SPDX-License-Identifier: MIT
// Adds ATM's hooks and status line to Claude Code's settings and removes them. Returns the report to print.
#pragma once

#include <atm/domain/error.hpp>
#include <string>

#include "setup.hpp"

namespace atm::cli::setup {

[[nodiscard]] Result<std::string> connect_claude(const SetupOptions& options);
[[nodiscard]] Result<std::string> disconnect_claude(const SetupOptions& options);

/// The path of the settings file; kInvalidField without a home directory.
[[nodiscard]] Result<std::string> claude_settings_path(const SetupOptions& options);

}  // namespace atm::cli::setup
