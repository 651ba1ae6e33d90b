// SPDX-License-Identifier: MIT
// Where the daemon's socket is, and a connection to it.
#pragma once

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <atm/domain/error.hpp>
#include <atm/file_descriptor.hpp>
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

using Descriptor = FileDescriptor;

/// The places where a daemon of this user listens, the likeliest first. One that was named, by argument or by
/// ATM_SOCKET, is the only one. The same as atm-hook's, in the same order.
[[nodiscard]] inline std::vector<std::string> socket_candidates(std::string_view named = {}) {
  const auto variable = [](const char* name) {
    const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody sets it
    return std::string_view(value == nullptr ? "" : value);
  };
  if (named.empty()) named = variable("ATM_SOCKET");
  if (!named.empty()) return {std::string(named)};

  std::vector<std::string> places;
  const auto add = [&places](std::string place) {
    if (places.empty() || places.back() != place) places.push_back(std::move(place));
  };
  // A relative path in an XDG variable is to be ignored (XDG Base Directory Specification 0.8).
  const auto absolute = [](std::string_view path) { return path.substr(0, 1) == "/"; };
  if (const auto runtime = variable("XDG_RUNTIME_DIR"); absolute(runtime)) {
    add(std::string(runtime) + "/atm/atm.sock");
  }
  const std::string user = "/run/user/" + std::to_string(::geteuid());
  if (::access(user.c_str(), F_OK) == 0) add(user + "/atm/atm.sock");
  if (const auto state = variable("XDG_STATE_HOME"); absolute(state)) {
    add(std::string(state) + "/atm/run/atm.sock");
  } else if (const auto home = variable("HOME"); absolute(home)) {
    add(std::string(home) + "/.local/state/atm/run/atm.sock");
  }
  return places;
}

struct Connection {
  Descriptor socket;
  std::string path;
};

/// Connects to one path. kIo with the system's reason.
[[nodiscard]] inline Result<Connection> connect_to(const std::string& path,
                                                   std::chrono::milliseconds timeout) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return Error{ErrorCode::kIo, "longer than the " + std::to_string(sizeof address.sun_path - 1) +
                                     " bytes a socket's path may have"};
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  const auto refused = [] { return Error{ErrorCode::kIo, std::system_category().message(errno)}; };
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (socket.get() < 0) return refused();
  // For a Unix socket the send timeout bounds connect() too: a daemon that hangs has a full backlog.
  const timeval limit{static_cast<time_t>(timeout.count() / 1000),
                      static_cast<suseconds_t>(timeout.count() % 1000 * 1000)};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  const auto* const to = reinterpret_cast<const sockaddr*>(&address);
  if (::connect(socket.get(), to, sizeof address) != 0) return refused();
  return Connection{std::move(socket), path};
}

/// Connects to the first place that answers. kIo: none does; the text names each place tried and why it
/// failed.
[[nodiscard]] inline Result<Connection> connect_to_daemon(std::string_view named,
                                                          std::chrono::milliseconds timeout) {
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
