// SPDX-License-Identifier: MIT
#pragma once

#include <atm/transport/local_listener.hpp>
#include <optional>
#include <string>

namespace unix_socket {

/// Locks the daemon's socket, at an absolute path or `fd:N`: a socket passed to the process, whose file exists before
/// and after the process, so that clients can always connect. kBusy: another process serves it; kInvalidField:
/// unusable; kIo. [main]
[[nodiscard]] atm::Result<atm::LocalListener> reserve_endpoint(const std::string& socket);

/// Locks the socket unless it is `reserved`, and listens. The errors of reserve_endpoint(). [main]
[[nodiscard]] atm::Result<atm::LocalListener> open_endpoint(
    const std::string& socket, std::optional<atm::LocalListener> reserved = std::nullopt);

/// What a client finds at the path.
enum class Reach {
  kServed,
  kServedAgain,  ///< by a new socket; LocalListener::release() returns it
  kUnreachable,  ///< the file of a passed socket is removed or replaced; only the service manager can create another
};

/// Binds the path again if its lock or socket was removed or replaced. The errors of open_endpoint(): the path is not
/// ours now. [transport]
[[nodiscard]] atm::Result<Reach> restore_endpoint(atm::LocalListener& endpoint, bool is_passed);

}  // namespace unix_socket
