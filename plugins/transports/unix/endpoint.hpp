// SPDX-License-Identifier: MIT
#pragma once

#include <atm/plugin/local_listener.hpp>
#include <string>

namespace unix_socket {

/// The daemon's socket, at an absolute path or `fd:N`: one that was made for us, whose file is there before us
/// and after us, so that no client meets a closed door in between. kBusy: somebody serves it; kInvalidField: it
/// cannot be used; kIo. [main]
[[nodiscard]] atm::Result<atm::LocalListener> open_endpoint(const std::string& socket);

}  // namespace unix_socket
