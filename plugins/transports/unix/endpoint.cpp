// SPDX-License-Identifier: MIT
#include "endpoint.hpp"

#include "passed_socket.hpp"

namespace unix_socket {

atm::Result<atm::LocalListener> open_endpoint(const std::string& socket) {
  constexpr const char* kOption = "--socket";
  constexpr int kBacklog = 1024;  // a burst of hooks; the kernel caps it at net.core.somaxconn
  const auto fd = passed_descriptor(socket);
  if (!fd) return atm::LocalListener::open(socket, kOption, kBacklog);
  const auto path = prepare_passed(*fd);
  if (!path) return path.error();
  return atm::LocalListener::adopt(*fd, *path, kOption);
}

}  // namespace unix_socket
