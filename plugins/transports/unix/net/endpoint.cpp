// SPDX-License-Identifier: MIT
#include "net/endpoint.hpp"

#include <utility>

#include "net/passed_socket.hpp"

namespace unix_socket {

namespace {
constexpr const char* kOption = "--socket";
constexpr int kBacklog = 1024;  // a burst of hooks; the kernel caps it at net.core.somaxconn
}  // namespace

atm::Result<atm::LocalListener> reserve_endpoint(const std::string& socket) {
  const auto fd = passed_descriptor(socket);
  if (!fd) return atm::LocalListener::reserve(socket, kOption);
  const auto path = prepare_passed(*fd);
  if (!path) return path.error();
  return atm::LocalListener::adopt(*fd, *path, kOption);
}

atm::Result<atm::LocalListener> open_endpoint(const std::string& socket,
                                              std::optional<atm::LocalListener> reserved) {
  auto endpoint = reserved ? atm::Result(std::move(*reserved)) : reserve_endpoint(socket);
  if (!endpoint || passed_descriptor(socket)) return endpoint;
  if (const auto bound = endpoint->bind(kOption, kBacklog); !bound) return bound.error();
  return endpoint;
}

atm::Result<Reach> restore_endpoint(atm::LocalListener& endpoint, bool is_passed) {
  if (!endpoint.has_lock()) {
    if (const auto taken = endpoint.take_lock(kOption); !taken) return taken.error();
  }
  if (endpoint.has_socket()) return Reach::kServed;
  if (is_passed) return Reach::kUnreachable;
  if (const auto bound = endpoint.bind(kOption, kBacklog); !bound) return bound.error();
  return Reach::kServedAgain;
}

}  // namespace unix_socket
