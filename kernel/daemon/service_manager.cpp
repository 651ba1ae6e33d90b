// SPDX-License-Identifier: MIT
#include "kernel/daemon/service_manager.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <optional>

namespace atm::kernel {
namespace {

constexpr int kFirstPassed = 3;  // SD_LISTEN_FDS_START
constexpr std::int64_t kMostPassed = 1024;

std::optional<std::string> take_variable(const char* name) {
  const char* const value = std::getenv(name);
  if (value == nullptr) return std::nullopt;
  std::string taken = value;
  ::unsetenv(name);
  return taken;
}

std::optional<std::int64_t> number_in(const std::string& text) {
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end || number < 0) return std::nullopt;
  return number;
}

Error malformed(const char* name, const std::string& value, const char* wanted) {
  return {ErrorCode::kInvalidField, "environment variable " + std::string(name) + " is '" + value +
                                        "', expected " + wanted +
                                        "; start atmd from a unit file, or unset it"};
}

/// Whether a variable is for this process: the variable with the pid is absent or equals its pid.
bool is_for_us(const std::optional<std::string>& pid) {
  return !pid || number_in(*pid) == ::getpid();
}

Result<std::vector<int>> sockets_from(const std::string& count) {
  const auto passed = number_in(count);
  if (!passed || *passed > kMostPassed) return malformed("LISTEN_FDS", count, "a count of descriptors");
  std::vector<int> sockets;
  for (int fd = kFirstPassed; fd < kFirstPassed + *passed; ++fd) {
    const int flags = ::fcntl(fd, F_GETFD);
    if (flags < 0 || ::fcntl(fd, F_SETFD, flags | FD_CLOEXEC) != 0)
      return malformed("LISTEN_FDS", count, "the number of open descriptors from 3 on");
    sockets.push_back(fd);
  }
  return sockets;
}

}  // namespace

Result<ServiceManager> ServiceManager::take() {
  const auto listen_pid = take_variable("LISTEN_PID");
  const auto listen_fds = take_variable("LISTEN_FDS");
  static_cast<void>(take_variable("LISTEN_FDNAMES"));
  const auto watchdog_pid = take_variable("WATCHDOG_PID");
  const auto watchdog_usec = take_variable("WATCHDOG_USEC");

  ServiceManager manager;
  manager.notify_socket = take_variable("NOTIFY_SOCKET").value_or("");
  // Without LISTEN_PID the variables may be left over from a parent process.
  if (listen_pid && listen_fds && is_for_us(listen_pid)) {
    auto sockets = sockets_from(*listen_fds);
    if (!sockets) return sockets.error();
    manager.sockets = std::move(*sockets);
  }
  if (watchdog_usec && is_for_us(watchdog_pid)) {
    const auto limit = number_in(*watchdog_usec);
    constexpr std::int64_t kLongest =
        std::numeric_limits<std::int64_t>::max() / 1000;  // the value is converted to nanoseconds
    if (!limit || *limit == 0 || *limit > kLongest)
      return malformed("WATCHDOG_USEC", *watchdog_usec, "a time in microseconds");
    manager.watchdog = std::chrono::microseconds(*limit);
  }
  return manager;
}

}  // namespace atm::kernel
