// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <optional>

namespace unix_socket {

/// The PID of the process at the other end of a connected socket; absent if the process belongs to another user. Root
/// is accepted. All others are refused, whatever the mode of the file is.
[[nodiscard]] std::optional<pid_t> own_peer(int fd) noexcept;

}  // namespace unix_socket
