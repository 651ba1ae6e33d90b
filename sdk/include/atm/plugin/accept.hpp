// SPDX-License-Identifier: MIT
#pragma once

#include <sys/socket.h>

#include <atm/file_descriptor.hpp>
#include <cerrno>

namespace atm {

/// What a look at a listening socket brought.
struct Accepted {
  FileDescriptor socket;  ///< non-blocking, closed on exec; none: nobody waits, or
  bool is_short =
      false;  ///< the system has no descriptor or memory left: somebody may wait, so look again later
};

/// Takes the next connection of a non-blocking listening socket. One that was given up meanwhile is passed over. [any]
[[nodiscard]] inline Accepted accept_next(int listener) noexcept {
  int fd = -1;
  do {
    fd = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  } while (fd < 0 && (errno == EINTR || errno == ECONNABORTED));
  if (fd >= 0) return {FileDescriptor(fd), false};
  return {{}, errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM};
}

}  // namespace atm
