// SPDX-License-Identifier: MIT
#include "socket.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace atm::bench {

Socket::~Socket() {
  if (fd_ >= 0) ::close(fd_);
}

Socket Socket::connect(const std::string& path) {
  return at(path, &::connect, "connect to");
}

Socket Socket::listen(const std::string& path) {
  Socket socket = at(path, &::bind, "bind");
  if (::listen(socket.fd_, SOMAXCONN) != 0)
    throw std::runtime_error("cannot listen at " + path + ": " + std::strerror(errno));
  return socket;
}

Socket Socket::at(const std::string& path, int (*begin)(int, const sockaddr*, socklen_t), const char* what) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) throw std::runtime_error("socket path too long: " + path);
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  Socket socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (socket.fd_ < 0 || begin(socket.fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw std::runtime_error("cannot " + std::string(what) + ' ' + path + ": " + std::strerror(errno));
  return socket;
}

bool Socket::send(std::string_view bytes) const noexcept {
  while (!bytes.empty()) {
    const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

}  // namespace atm::bench
