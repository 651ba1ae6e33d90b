// SPDX-License-Identifier: MIT
#pragma once

#include <atm/domain/error.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace unix_socket {

/// The descriptor that `fd:3` names: a listening socket made by who started us. Absent for a path.
[[nodiscard]] std::optional<int> passed_descriptor(std::string_view socket);

/// Makes a passed socket ready to accept on, and gives the path it listens at. It has to be one that we could
/// have made: a listening Unix stream socket with a path, whose file is ours and private. kInvalidField: it is
/// not, with what it is; kIo. [main]
[[nodiscard]] atm::Result<std::string> prepare_passed(int fd);

}  // namespace unix_socket
