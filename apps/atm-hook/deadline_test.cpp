// SPDX-License-Identifier: MIT
// Tests of the timer, in a separate process.
#include "deadline.h"

#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "endpoint.h"
#include "support/catch.hpp"

namespace {

static_assert(HOOK_READ_MS + HOOK_REPORT_MS + 2 * HOOK_TICK_MS <= 50, "the hook ends within 50 ms");
static_assert(int{HOOK_STALL_MS} < int{HOOK_SEND_MS}, "a stopped daemon costs less time than a slow one");
static_assert(int{HOOK_SEND_MS} < int{HOOK_REPORT_MS},
              "a record that a daemon does not take can still reach the spool");

int status_of(pid_t child) {
  int status = -1;
  return waitpid(child, &status, 0) == child ? status : -1;
}

volatile sig_atomic_t ends = 0;

void count_end() {
  ends = ends + 1;
}

// Stops the timer and raises its signal instead, so that the test decides when a tick occurs. 0 if the report ends at
// the expected tick.
int drive_ticks() {
  constexpr int kReadMs = 999;
  signal(SIGALRM, SIG_DFL);
  hook_deadline_start(kReadMs, count_end);
  itimerval timer{};
  const itimerval never{};
  if (setitimer(ITIMER_REAL, &never, &timer) != 0) return 1;
  if (timer.it_value.tv_sec != 0 || timer.it_value.tv_usec > kReadMs * 1000) return 2;
  if (timer.it_interval.tv_sec != 0 || timer.it_interval.tv_usec != HOOK_TICK_MS * 1000) return 3;
  if (hook_deadline_is_reading_over()) return 4;
  for (int tick = 0; tick <= HOOK_REPORT_MS / HOOK_TICK_MS; ++tick) {
    if (ends != 0) return 5;
    raise(SIGALRM);
    if (!hook_deadline_is_reading_over()) return 6;
  }
  if (ends != 1) return 7;
  raise(SIGALRM);
  return ends == 2 ? 0 : 8;
}

// Simulates a handler that is delayed by more than one tick.
void stop_with_a_tick_pending() {
  raise(SIGALRM);
  hook_deadline_stop();
  struct sigaction action {};
  sigset_t mask;
  sigprocmask(SIG_SETMASK, nullptr, &mask);
  const bool is_as_before = sigaction(SIGALRM, nullptr, &action) == 0 && action.sa_handler == SIG_DFL &&
                            sigismember(&mask, SIGALRM) == 0;
  _exit(is_as_before ? 0 : 1);
}

}  // namespace

TEST_CASE("a tick that is pending when the timer stops does not end the process") {
  const pid_t child = fork();
  if (child == 0) {
    signal(SIGALRM, SIG_DFL);
    hook_deadline_start(1, stop_with_a_tick_pending);
    for (;;) pause();
  }
  REQUIRE(child > 0);
  CHECK(status_of(child) == 0);
}

TEST_CASE("the first tick ends reading, and the report ends HOOK_REPORT_MS of ticks later") {
  const pid_t child = fork();
  if (child == 0) _exit(drive_ticks());
  REQUIRE(child > 0);
  const int status = status_of(child);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}
