// SPDX-License-Identifier: MIT
// Automatic start of the daemon: by the socket unit if systemd serves this user, else by atm-hook.
#pragma once

#include <atm/domain/error.hpp>
#include <string>

namespace atm::cli::setup {

[[nodiscard]] Result<std::string> set_autostart(const std::string& hook);
[[nodiscard]] Result<std::string> remove_autostart();
/// "socket unit", "atm-hook starts PATH" or "off".
[[nodiscard]] std::string autostart_now();

}  // namespace atm::cli::setup
