// SPDX-License-Identifier: MIT
#pragma once

#include <atm/domain/error.hpp>
#include <chrono>
#include <string>
#include <vector>

namespace atm::kernel {

/// What a service manager hands to a process it starts, by the protocols of sd_listen_fds(3), sd_notify(3) and
/// sd_watchdog_enabled(3). They are stable and small, so no library is linked for them (decision 0011).
struct ServiceManager {
  std::string notify_socket;              ///< who waits for news of us; empty: nobody
  std::chrono::microseconds watchdog{0};  ///< longest silence before it ends us; 0: it does not
  std::vector<int> sockets;               ///< made before us; ours to listen at

  /// Reads the environment and removes what it read: it is meant for this process, not for its children. What
  /// names another process is passed over. kInvalidField: it is malformed, or names a descriptor that is not
  /// open. Once, before any thread is made. [main]
  [[nodiscard]] static Result<ServiceManager> take();
};

}  // namespace atm::kernel
