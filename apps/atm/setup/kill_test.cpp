// SPDX-License-Identifier: MIT
// kill -9 at every system call: entry and return of each.
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>

#include "setup_fixture.hpp"
#include "support/catch.hpp"

namespace atm::cli::setup {
namespace {

/// Runs `work` in a process that is killed at its n-th stop; false: it ended before.
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

TEST_CASE("killed at any system call of setup, the file is the old or the new one and can be restored") {
  if (::access("/dev/shm", W_OK) == 0) ::setenv("TMPDIR", "/dev/shm", 1);
  const SetupFixture person;
  person.has_settings(kOld);
  static_cast<void>(person.connect());
  const std::string wanted = person.now();
  static_cast<void>(person.remove());
  int seen_old = 0;
  int seen_new = 0;
  bool is_killed = true;
  for (int stop = 1; is_killed; ++stop) {
    person.has_settings(kOld);
    std::filesystem::remove_all(person.state());
    is_killed = killed_at(stop, [&person] { static_cast<void>(person.connect()); });
    const std::string now = person.now();
    INFO("stop " << stop);
    CHECK((now == kOld || now == wanted));
    ++(now == kOld ? seen_old : seen_new);
    const std::string said = person.remove();
    INFO(said);
    CHECK(person.now() == kOld);
  }
  CHECK(seen_old > 20);
  CHECK(seen_new > 2);
}

TEST_CASE(
    "killed at any system call of the removal, the file is the old or the new one and can be removed again") {
  if (::access("/dev/shm", W_OK) == 0) ::setenv("TMPDIR", "/dev/shm", 1);
  const SetupFixture person;
  bool is_killed = true;
  for (int stop = 1; is_killed; ++stop) {
    person.has_settings(kOld);
    std::filesystem::remove_all(person.state());
    static_cast<void>(person.connect());
    const std::string connected = person.now();
    is_killed = killed_at(stop, [&person] { static_cast<void>(person.remove()); });
    const std::string now = person.now();
    INFO("stop " << stop);
    CHECK((now == kOld || now == connected));
    static_cast<void>(person.remove());
    CHECK(person.now() == kOld);
  }
}

}  // namespace
}  // namespace atm::cli::setup
