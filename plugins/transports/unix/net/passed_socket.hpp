// SPDX-License-Identifier: MIT
#pragma once

#include <atm/domain/error.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace unix_socket {

/// The descriptor that `fd:3` names: a listening socket of the parent process. Absent for a path.
[[nodiscard]] std::optional<int> passed_descriptor(std::string_view socket);

/// Prepares a passed socket for accepting and returns its path. It must be a listening Unix stream socket with a path,
/// whose file is ours and private. kInvalidField: it is not, with the difference; kIo. [main]
[[nodiscard]] atm::Result<std::string> prepare_passed(int fd);

}  // namespace unix_socket
