/* SPDX-License-Identifier: MIT */
#include "deadline.h"

#include <signal.h>
#include <stddef.h>
#include <sys/time.h>
#include <unistd.h>

static volatile sig_atomic_t ticks;

static void on_tick(int number) {
  (void)number;
  ticks = ticks + 1;
  if (ticks > (HOOK_EXIT_MS - HOOK_READ_MS) / HOOK_TICK_MS) _exit(0);
}

void hook_deadline_start(void) {
  struct sigaction action = {.sa_handler = on_tick};
  sigaction(SIGALRM, &action, NULL);
  sigset_t alarm;
  sigemptyset(&alarm);
  sigaddset(&alarm, SIGALRM);
  sigprocmask(SIG_UNBLOCK, &alarm, NULL);
  const struct itimerval timer = {.it_interval = {0, HOOK_TICK_MS * 1000},
                                  .it_value = {0, HOOK_READ_MS * 1000}};
  setitimer(ITIMER_REAL, &timer, NULL);
}

bool hook_deadline_is_reading_over(void) {
  return ticks != 0;
}
