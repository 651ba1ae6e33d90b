// SPDX-License-Identifier: MIT
#include "peer_credentials.hpp"

#include <sys/socket.h>
#include <unistd.h>

namespace unix_socket {

std::optional<pid_t> own_peer(int fd) noexcept {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return std::nullopt;
  if (peer.uid != ::geteuid() && peer.uid != 0) return std::nullopt;
  return peer.pid;
}

}  // namespace unix_socket
