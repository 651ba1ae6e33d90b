// SPDX-License-Identifier: MIT
#include "kernel/daemon/readiness.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <atm/posix/file_descriptor.hpp>
#include <cstddef>
#include <cstring>

#include "support/catch.hpp"

using namespace atm::kernel;

TEST_CASE("readiness is one datagram to the manager's abstract socket", "[readiness]") {
  const std::string name = "@atm-test-" + std::to_string(::getpid());
  const atm::posix::FileDescriptor manager(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path + 1, name.data() + 1, name.size() - 1);
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  REQUIRE(::bind(manager.get(), reinterpret_cast<sockaddr*>(&address), length) == 0);

  const Readiness readiness(name);
  readiness.ready();
  readiness.alive();
  readiness.stopping();

  std::array<char, 64> buffer{};
  REQUIRE(::recv(manager.get(), buffer.data(), buffer.size(), MSG_DONTWAIT) == 7);
  CHECK(std::string(buffer.data(), 7) == "READY=1");
  REQUIRE(::recv(manager.get(), buffer.data(), buffer.size(), MSG_DONTWAIT) == 10);
  CHECK(std::string(buffer.data(), 10) == "WATCHDOG=1");
  REQUIRE(::recv(manager.get(), buffer.data(), buffer.size(), MSG_DONTWAIT) == 10);
  CHECK(std::string(buffer.data(), 10) == "STOPPING=1");
}

TEST_CASE("readiness without a socket or with a bad address does nothing", "[readiness]") {
  Readiness("").ready();
  Readiness("relative").ready();
  Readiness("/nonexistent/notify").ready();
  Readiness(std::string(4096, '/')).ready();
  SUCCEED();
}
