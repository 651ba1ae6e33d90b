// SPDX-License-Identifier: MIT
#include "net/peer_credentials.hpp"

#include <sched.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "support/catch.hpp"

using namespace unix_socket;

TEST_CASE("WIRE-A5: a peer in another PID namespace has the PID 0", "[unix]") {
  std::array<int, 2> ends{};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
  constexpr int kNoNamespace = 2;
  const pid_t child = ::fork();
  if (child == 0) {
    if (::unshare(CLONE_NEWPID) != 0 && ::unshare(CLONE_NEWUSER | CLONE_NEWPID) != 0) ::_exit(kNoNamespace);
    const pid_t inside = ::fork();
    if (inside == 0) ::_exit(own_peer(ends[0]) == pid_t{0} ? 0 : 1);
    int status = -1;
    ::waitpid(inside, &status, 0);
    ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : kNoNamespace);
  }
  for (const int end : ends) ::close(end);
  int status = -1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  if (WEXITSTATUS(status) == kNoNamespace) {
    WARN("skipped: this system lets this user make no PID namespace");
    return;
  }
  CHECK(WEXITSTATUS(status) == 0);
}
