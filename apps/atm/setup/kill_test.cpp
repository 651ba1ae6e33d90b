// SPDX-License-Identifier: MIT
// Kills setup with SIGKILL at the entry and return of each system call.
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>

#include "setup_fixture.hpp"
#include "support/catch.hpp"

namespace atm::cli::setup {
namespace {

/// Runs `work` in a process that is killed at its n-th stop; false if it ends before.
bool killed_at(int stop, const std::function<void()>& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
    ::raise(SIGSTOP);
    work();
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  for (int i = 0; i < stop && WIFSTOPPED(status); ++i) {
    const long signal = WSTOPSIG(status) == SIGTRAP || i == 0 ? 0 : WSTOPSIG(status);
    ::ptrace(PTRACE_SYSCALL, child, nullptr, signal);
    REQUIRE(::waitpid(child, &status, 0) == child);
  }
  if (!WIFSTOPPED(status)) return false;
  ::kill(child, SIGKILL);
  REQUIRE(::waitpid(child, &status, 0) == child);
  return true;
}

constexpr const char* kOld =
    "{\n  // mine\n  \"model\": \"opus\",\n  \"statusLine\": {\"command\": \"x\"}\n}\n";

TEST_CASE(
    "after a kill at any system call of setup, the file is the old or the new one and can be restored") {
  if (::access("/dev/shm", W_OK) == 0) ::setenv("TMPDIR", "/dev/shm", 1);
  const SetupFixture fixture;
  fixture.has_settings(kOld);
  static_cast<void>(fixture.connect());
  const std::string wanted = fixture.now();
  static_cast<void>(fixture.remove());
  int seen_old = 0;
  int seen_new = 0;
  bool is_killed = true;
  for (int stop = 1; is_killed; ++stop) {
    fixture.has_settings(kOld);
    std::filesystem::remove_all(fixture.state());
    is_killed = killed_at(stop, [&fixture] { static_cast<void>(fixture.connect()); });
    const std::string now = fixture.now();
    INFO("stop " << stop);
    CHECK((now == kOld || now == wanted));
    ++(now == kOld ? seen_old : seen_new);
    const std::string output = fixture.remove();
    INFO(output);
    CHECK(fixture.now() == kOld);
  }
  CHECK(seen_old > 20);
  CHECK(seen_new > 2);
}

TEST_CASE("after a kill at any system call of the removal, the file is old or new and can be removed again") {
  if (::access("/dev/shm", W_OK) == 0) ::setenv("TMPDIR", "/dev/shm", 1);
  const SetupFixture fixture;
  bool is_killed = true;
  for (int stop = 1; is_killed; ++stop) {
    fixture.has_settings(kOld);
    std::filesystem::remove_all(fixture.state());
    static_cast<void>(fixture.connect());
    const std::string connected = fixture.now();
    is_killed = killed_at(stop, [&fixture] { static_cast<void>(fixture.remove()); });
    const std::string now = fixture.now();
    INFO("stop " << stop);
    CHECK((now == kOld || now == connected));
    static_cast<void>(fixture.remove());
    CHECK(fixture.now() == kOld);
  }
}

}  // namespace
}  // namespace atm::cli::setup
