// SPDX-License-Identifier: MIT
#include "kernel/daemon/readiness.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <atm/posix/file_descriptor.hpp>
#include <cstddef>
#include <cstring>

namespace atm::kernel {

void Readiness::send(std::string_view state) const noexcept {
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  if (address_.size() < 2 || address_.size() >= sizeof to.sun_path) return;
  if (address_[0] != '/' && address_[0] != '@') return;
  std::memcpy(to.sun_path, address_.data(), address_.size());
  if (address_[0] == '@') to.sun_path[0] = '\0';
  const posix::FileDescriptor fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd) return;
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
  // A service manager that does not read must not block the daemon.
  static_cast<void>(::sendto(fd.get(), state.data(), state.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                             reinterpret_cast<const sockaddr*>(&to), length));
}

}  // namespace atm::kernel
