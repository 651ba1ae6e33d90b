// SPDX-License-Identifier: MIT
// The start of the daemon by a client. atm-hook implements it, so that the same rules apply to hooks and clients.
#pragma once

#include <atm/client.hpp>
#include <string>

namespace atm::cli {

/// The program that atm-hook starts if no daemon answers. Empty: autostart is off, or `socket` (the value of --socket)
/// or ATM_SOCKET names a daemon.
[[nodiscard]] std::string autostart_program(const std::string& socket);

/// Connects. If no daemon answers and autostart is on, starts the daemon and waits for it, at most five seconds.
[[nodiscard]] Result<Client> connect_or_start(const ClientOptions& options);

}  // namespace atm::cli
