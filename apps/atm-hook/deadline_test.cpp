// SPDX-License-Identifier: MIT
// The timer, in a process of its own: what becomes of the signal when it is stopped.
#include "deadline.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/catch.hpp"

namespace {

// As when the handler is kept from the processor for longer than a tick.
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

TEST_CASE("a tick that is pending when the timer is stopped ends nobody") {
  const pid_t child = fork();
  if (child == 0) {
    signal(SIGALRM, SIG_DFL);
    hook_deadline_start(1, stop_with_a_tick_pending);
    for (;;) pause();
  }
  REQUIRE(child > 0);
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(status == 0);
}
