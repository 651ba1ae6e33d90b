// SPDX-License-Identifier: MIT
// The paths of the daemon's socket, and a connection to it.
#pragma once

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <atm/domain/error.hpp>
#include <atm/file_descriptor.hpp>
#include <atm/posix/xdg.hpp>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace atm::client {

/// The former name of FileDescriptor in this namespace.
using Descriptor = FileDescriptor;

/// The paths at which a daemon of this user may listen, in order of preference.
///
/// `named`, or else ATM_SOCKET, is the only candidate if it is set. The list and its order are those of atm-hook and of
/// the daemon (docs/specs/protocol.md, section 10). [any, while no thread changes the environment]
[[nodiscard]] inline std::vector<std::string> socket_candidates(std::string_view named = {}) {
  const char* const chosen = std::getenv("ATM_SOCKET");  // NOLINT(concurrency-mt-unsafe): never modified
  if (named.empty() && chosen != nullptr) named = chosen;
  if (!named.empty()) return {std::string(named)};

  const auto xdg = posix::XdgDirectories::of_this_process();
  // $XDG_RUNTIME_DIR, then /run/user/UID, then the state directory: a hook may run without the login's environment.
  std::vector<std::string> places;
  // Two variables may name the same directory.
  const auto add = [&places](std::string place) {
    if (places.empty() || places.back() != place) places.push_back(std::move(place));
  };
  if (!xdg.runtime.empty()) add(xdg.runtime + "/atm/atm.sock");
  // A program without the login's environment can still find the runtime directory.
  const std::string user = posix::login_runtime_directory();
  if (::access(user.c_str(), F_OK) == 0) add(user + "/atm/atm.sock");
  if (!xdg.state.empty()) add(xdg.state + "/atm/run/atm.sock");
  return places;
}

/// A connected socket (blocking, close-on-exec) and the path of its daemon.
struct Connection {
  /// Owned.
  Descriptor socket;
  /// The path of the daemon's socket, as it was tried.
  std::string path;
};

/// Connects to one path within `timeout`. kIo with the system's reason. [any]
[[nodiscard]] inline Result<Connection> connect_to(const std::string& path,
                                                   std::chrono::milliseconds timeout) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  // sun_path must hold the path and its terminator.
  if (path.size() >= sizeof address.sun_path) {
    return Error{ErrorCode::kIo, "longer than " + std::to_string(sizeof address.sun_path - 1) +
                                     " bytes, the limit of a socket path"};
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  // Every failure here is one of the path; the caller decides whether another path remains.
  const auto refused = [] { return Error{ErrorCode::kIo, std::system_category().message(errno)}; };
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (socket.get() < 0) return refused();
  // For a Unix socket, SO_SNDTIMEO also limits connect(): the backlog of a daemon that hangs is full.
  const timeval limit{static_cast<time_t>(timeout.count() / 1000),
                      static_cast<suseconds_t>(timeout.count() % 1000 * 1000)};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  // connect(2) takes the generic address type.
  const auto* const to = reinterpret_cast<const sockaddr*>(&address);
  if (::connect(socket.get(), to, sizeof address) != 0) {
    const Error error = refused();
    struct stat about {};
    const bool is_other = ::stat(path.c_str(), &about) == 0 && !S_ISSOCK(about.st_mode);
    return is_other ? Error{ErrorCode::kIo, "not a socket"} : error;
  }
  return Connection{std::move(socket), path};
}

/// Connects to the first candidate that accepts; `timeout` applies to each. kIo: none accepts; the message lists each
/// path with its reason. [any]
[[nodiscard]] inline Result<Connection> connect_to_daemon(std::string_view named,
                                                          std::chrono::milliseconds timeout) {
  // Each failure is part of the message: the user sees which paths were tried.
  std::string tried;
  for (const std::string& path : socket_candidates(named)) {
    auto connection = connect_to(path, timeout);
    if (connection) return connection;
    tried += (tried.empty() ? " at " : ", nor at ") + path + " (" + connection.error().message + ")";
  }
  return Error{ErrorCode::kIo,
               "no daemon answers" + tried + "; start atmd, or name its socket with --socket or ATM_SOCKET"};
}

}  // namespace atm::client
