// SPDX-License-Identifier: MIT
#pragma once

#include <atm/plugin/local_listener.hpp>
#include <string>

namespace unix_socket {

/// The daemon's socket, at an absolute path or `fd:N`: one that was made for us, whose file is there before us
/// and after us, so that no client meets a closed acceptor in between. kBusy: somebody serves it; kInvalidField: it
/// cannot be used; kIo. [main]
[[nodiscard]] atm::Result<atm::LocalListener> open_endpoint(const std::string& socket);

/// What a client finds at the path.
enum class Reach {
  kServed,
  kServedAgain,  ///< by a new socket: LocalListener::release() gives it
  kUnreachable,  ///< the file of a passed socket is gone or replaced; only who made it can make another
};

/// Takes the path again where its lock or its socket was removed or replaced. Errors as those of open_endpoint(): the path
/// is not ours now. [transport]
[[nodiscard]] atm::Result<Reach> restore_endpoint(atm::LocalListener& endpoint, bool is_passed);

}  // namespace unix_socket
