// SPDX-License-Identifier: MIT
#include "kernel/daemon/service_manager.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <initializer_list>
#include <string>
#include <utility>

#include "support/catch.hpp"

using atm::kernel::ServiceManager;
using namespace std::chrono_literals;

namespace {

constexpr const char* kNames[] = {"LISTEN_PID",   "LISTEN_FDS",    "LISTEN_FDNAMES",
                                  "WATCHDOG_PID", "WATCHDOG_USEC", "NOTIFY_SOCKET"};

using Variables = std::initializer_list<std::pair<const char*, std::string>>;

atm::Result<ServiceManager> taken_from(Variables variables) {
  for (const char* name : kNames) ::unsetenv(name);
  for (const auto& [name, value] : variables) ::setenv(name, value.c_str(), 1);
  auto taken = ServiceManager::take();
  for (const char* name : kNames) CHECK(std::getenv(name) == nullptr);
  return taken;
}

std::string own_pid() {
  return std::to_string(::getpid());
}

/// Descriptor 3 as a service manager passes it, without the close-on-exec flag.
struct PassedDescriptor {
  PassedDescriptor() : saved(::fcntl(3, F_DUPFD_CLOEXEC, 10)) {
    const int pipe = ::open("/dev/null", O_RDONLY);
    REQUIRE(::dup2(pipe, 3) == 3);
    if (pipe != 3) ::close(pipe);
  }
  ~PassedDescriptor() {
    if (saved >= 0) {
      ::dup2(saved, 3);
      ::close(saved);
    } else {
      ::close(3);
    }
  }
  int saved;
};

}  // namespace

TEST_CASE("without a service manager there is no notify socket and no passed socket", "[service_manager]") {
  const auto manager = taken_from({});
  REQUIRE(manager);
  CHECK(manager->notify_socket.empty());
  CHECK(manager->watchdog == 0us);
  CHECK(manager->sockets.empty());
}

TEST_CASE("the variables of a service manager are read and removed", "[service_manager]") {
  const PassedDescriptor passed;
  const auto manager = taken_from({{"LISTEN_PID", own_pid()},
                                   {"LISTEN_FDS", "1"},
                                   {"LISTEN_FDNAMES", "atmd.socket"},
                                   {"WATCHDOG_PID", own_pid()},
                                   {"WATCHDOG_USEC", "30000000"},
                                   {"NOTIFY_SOCKET", "/run/notify"}});
  REQUIRE(manager);
  CHECK(manager->notify_socket == "/run/notify");
  CHECK(manager->watchdog == 30s);
  CHECK(manager->sockets == std::vector<int>{3});
  CHECK((::fcntl(3, F_GETFD) & FD_CLOEXEC) != 0);
}

TEST_CASE("the variables for another process are ignored", "[service_manager]") {
  const auto manager = taken_from(
      {{"LISTEN_PID", "1"}, {"LISTEN_FDS", "1"}, {"WATCHDOG_PID", "1"}, {"WATCHDOG_USEC", "30000000"}});
  REQUIRE(manager);
  CHECK(manager->watchdog == 0us);
  CHECK(manager->sockets.empty());
  CHECK(taken_from({{"LISTEN_FDS", "1"}})->sockets.empty());
}

TEST_CASE("a watchdog variable without a pid applies to any process", "[service_manager]") {
  CHECK(taken_from({{"WATCHDOG_USEC", "500"}})->watchdog == 500us);
}

TEST_CASE("an error about a malformed variable contains its value", "[service_manager]") {
  const auto complaint = [](Variables variables) {
    const auto manager = taken_from(variables);
    REQUIRE_FALSE(manager);
    return manager.error().message;
  };
  for (const char* count : {"", "x", "-1", "1025", "1 "})
    CHECK(complaint({{"LISTEN_PID", own_pid()}, {"LISTEN_FDS", count}})
              .find("LISTEN_FDS is '" + std::string(count) + "'") != std::string::npos);
  CHECK(complaint({{"LISTEN_PID", own_pid()}, {"LISTEN_FDS", "1000"}}).find("open descriptors from 3") !=
        std::string::npos);
  for (const char* time : {"", "0", "-5", "18446744073709551615", "soon"})
    CHECK(complaint({{"WATCHDOG_USEC", time}}).find("WATCHDOG_USEC is '" + std::string(time) + "'") !=
          std::string::npos);
}
