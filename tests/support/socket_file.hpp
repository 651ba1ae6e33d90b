// SPDX-License-Identifier: MIT
#pragma once

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <atm/posix/file_descriptor.hpp>
#include <cstddef>
#include <cstring>
#include <string>

#include "support/catch.hpp"

namespace atm::test {

/// A Unix socket of another program, bound to a path. Only its owner can connect.
inline posix::FileDescriptor bound_at(const std::string& path, int type = SOCK_STREAM) {
  posix::FileDescriptor fd(::socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  REQUIRE(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0);
  if (path.front() == '/') REQUIRE(::chmod(path.c_str(), 0600) == 0);
  return fd;
}

/// The same, listening.
inline posix::FileDescriptor listen_at(const std::string& path) {
  posix::FileDescriptor fd = bound_at(path);
  REQUIRE(::listen(fd.get(), 8) == 0);
  return fd;
}

}  // namespace atm::test
