// SPDX-License-Identifier: MIT
#include "net/passed_socket.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <atm/posix/ownership.hpp>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <system_error>

namespace unix_socket {

namespace {

using atm::Error;
using atm::ErrorCode;
using atm::Result;

constexpr std::string_view kPrefix = "fd:";

Error refused(int fd, const std::string& found) {
  return {ErrorCode::kInvalidField, "passed descriptor " + std::to_string(fd) + ' ' + found};
}
Error failed(int fd, int error) {
  return {ErrorCode::kIo, "cannot use passed descriptor " + std::to_string(fd) + ": " +
                              std::generic_category().message(error)};
}

std::optional<int> option_of(int fd, int option) {
  int value = 0;
  socklen_t size = sizeof value;
  if (::getsockopt(fd, SOL_SOCKET, option, &value, &size) != 0) return std::nullopt;
  return value;
}

Result<std::string> path_of(int fd) {
  sockaddr_un address{};
  socklen_t size = sizeof address;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return failed(fd, errno);
  const std::size_t length = size - offsetof(sockaddr_un, sun_path);
  std::string path(address.sun_path, ::strnlen(address.sun_path, length));
  // An abstract name has no file whose mode restricts access.
  if (path.empty() || path.front() != '/')
    return refused(fd, "has no absolute path; set ListenStream= to a file path");
  return path;
}

}  // namespace

std::optional<int> passed_descriptor(std::string_view socket) {
  if (socket.substr(0, kPrefix.size()) != kPrefix) return std::nullopt;
  socket.remove_prefix(kPrefix.size());
  int fd = -1;
  const auto [stop, error] = std::from_chars(socket.data(), socket.data() + socket.size(), fd);
  if (error != std::errc() || stop != socket.data() + socket.size() || fd < 0) return std::nullopt;
  return fd;
}

Result<std::string> prepare_passed(int fd) {
  const auto family = option_of(fd, SO_DOMAIN);
  if (!family && errno == ENOTSOCK) return refused(fd, "is not a socket; check LISTEN_FDS");
  if (!family) return failed(fd, errno);
  if (*family != AF_UNIX)
    return refused(fd, "has address family " + std::to_string(*family) +
                           ", expected a Unix socket; set ListenStream= to a path");
  if (option_of(fd, SO_TYPE) != SOCK_STREAM)
    return refused(fd, "carries packets, expected a stream; use ListenStream=");
  if (option_of(fd, SO_ACCEPTCONN) != 1) return refused(fd, "does not listen; set Accept=no");
  auto path = path_of(fd);
  if (!path) return path;
  struct stat found {};
  if (::lstat(path->c_str(), &found) != 0)
    return refused(fd, "listens at " + *path + ", which no longer exists; restart atmd.socket");
  if (!S_ISSOCK(found.st_mode))
    return refused(fd, "listens at " + *path + ", which is no longer a socket; restart atmd.socket");
  if (!atm::posix::is_own(found))
    return refused(
        fd, "listens at " + *path + ", which " + atm::posix::owner_text(found) + "; start both as one user");
  if (atm::posix::is_accessible_by_others(found))
    return refused(fd, "listens at " + *path + ", which others can use; set SocketMode=0600");
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags < 0 || ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0 || ::fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
    return failed(fd, errno);
  return path;
}

}  // namespace unix_socket
