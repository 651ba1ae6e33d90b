// SPDX-License-Identifier: MIT
#include "loopback.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <atm/transport/private_directory.hpp>
#include <cerrno>
#include <utility>

namespace http_ingest {

namespace {

constexpr int kBacklog = 128;

sockaddr_in loopback_address(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

std::uint16_t port_of(int fd) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  return ntohs(address.sin_port);
}

}  // namespace

atm::Result<Loopback> listen_on_loopback(std::uint16_t port) {
  Loopback made;
  const std::string place = "127.0.0.1:" + std::to_string(port);
  made.socket = atm::FileDescriptor(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!made.socket) return atm::call_failed("cannot create a socket for " + place);
  const int fd = made.socket.get();
  // A restarted daemon can bind the port although connections of the previous one are still closing.
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const sockaddr_in address = loopback_address(port);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(fd, kBacklog) != 0) {
    if (errno != EADDRINUSE) return atm::call_failed("cannot listen at " + place);
    return atm::Error{atm::ErrorCode::kBusy,
                      "another program serves " + place + "; stop it, or choose another port"};
  }
  made.port = port_of(fd);
  return made;
}

}  // namespace http_ingest
