// SPDX-License-Identifier: MIT
#include "net/peer_credentials.hpp"

#include <sys/socket.h>

#include <atm/posix/ownership.hpp>

namespace unix_socket {

std::optional<pid_t> own_peer(int fd) noexcept {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return std::nullopt;
  if (!atm::posix::is_own_or_root(peer.uid)) return std::nullopt;
  return peer.pid;
}

}  // namespace unix_socket
