// SPDX-License-Identifier: MIT
#include "loopback.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <atm/plugin/private_directory.hpp>
#include <cerrno>
#include <utility>

namespace http_ingest {

namespace {

constexpr int kBacklog = 128;

template <class Address>
int bind_to(int fd, const Address& address) {
  return ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

int bind_to(int fd, bool is_v6, std::uint16_t port) {
  if (is_v6) {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_addr = in6addr_loopback;
    address.sin6_port = htons(port);
    return bind_to(fd, address);
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return bind_to(fd, address);
}

std::uint16_t port_of(int fd) {
  sockaddr_in6 address{};
  socklen_t size = sizeof address;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  // The port has the same offset in both kinds of address.
  static_assert(offsetof(sockaddr_in6, sin6_port) == offsetof(sockaddr_in, sin_port));
  return ntohs(address.sin6_port);
}

}  // namespace

atm::Result<Loopback> listen_on_loopback(const std::string& address, std::uint16_t port) {
  Loopback made;
  made.is_v6 = address == "::1";
  if (!made.is_v6 && address != "127.0.0.1") {
    return atm::Error{
        atm::ErrorCode::kInvalidField,
        "address is '" + address +
            "', expected 127.0.0.1 or ::1, because records must not leave this machine; leave address "
            "out"};
  }
  const std::string place = (made.is_v6 ? "[::1]:" : "127.0.0.1:") + std::to_string(port);
  made.socket = atm::FileDescriptor(
      ::socket(made.is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!made.socket) return atm::call_failed("cannot create a socket for " + place);
  const int fd = made.socket.get();
  // A restarted daemon can bind the port although connections of the previous one are still closing.
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind_to(fd, made.is_v6, port) != 0 || ::listen(fd, kBacklog) != 0) {
    if (errno != EADDRINUSE) return atm::call_failed("cannot listen at " + place);
    return atm::Error{atm::ErrorCode::kBusy,
                      "another program serves " + place + "; stop it, or choose another port"};
  }
  made.port = port_of(fd);
  return made;
}

}  // namespace http_ingest
