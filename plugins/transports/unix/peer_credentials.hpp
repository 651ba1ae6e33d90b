// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <optional>

namespace unix_socket {

/// The process at the other end of a connected socket; absent when it is another user's. Root's is not: root may do
/// anything anyway. Everybody else is not meant, whatever the file's mode became.
[[nodiscard]] std::optional<pid_t> own_peer(int fd) noexcept;

}  // namespace unix_socket
