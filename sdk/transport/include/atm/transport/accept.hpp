// SPDX-License-Identifier: MIT
#pragma once

#include <sys/socket.h>

#include <atm/file_descriptor.hpp>
#include <cerrno>

namespace atm {

/// The result of accept_next().
struct Accepted {
  /// The connection: non-blocking, close-on-exec. Empty: no connection waits, or is_short.
  FileDescriptor socket;
  /// The system has no descriptor or memory left. A connection may wait, so call again later.
  bool is_short = false;
};

/// Accepts the next connection of a non-blocking listening socket; skips connections that the client has aborted. [any]
[[nodiscard]] inline Accepted accept_next(int listener) noexcept {
  int fd = -1;
  do {
    fd = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  } while (fd < 0 && (errno == EINTR || errno == ECONNABORTED));
  // EAGAIN and other errors: no connection waits.
  if (fd >= 0) return {FileDescriptor(fd), false};
  return {{}, errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM};
}

}  // namespace atm
