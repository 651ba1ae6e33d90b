// SPDX-License-Identifier: MIT
#pragma once

#include <atm/domain/error.hpp>
#include <chrono>
#include <string>
#include <vector>

namespace atm::kernel {

/// The parameters that a service manager passes to its process, by the protocols of sd_listen_fds(3), sd_notify(3) and
/// sd_watchdog_enabled(3). They are stable and small, so the daemon links no library for them (decision 0011).
struct ServiceManager {
  std::string notify_socket;              ///< socket for sd_notify; empty: none
  std::chrono::microseconds watchdog{0};  ///< longest time between two watchdog messages; 0: unlimited
  std::vector<int> sockets;               ///< listening sockets made by the service manager

  /// Reads the variables and removes them, because child processes must not inherit them. Ignores variables for another
  /// process. kInvalidField: a variable is malformed or names a descriptor that is not open. Once, before any thread
  /// exists. [main]
  [[nodiscard]] static Result<ServiceManager> take();
};

}  // namespace atm::kernel
