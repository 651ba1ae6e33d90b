/* SPDX-License-Identifier: MIT */
#include "deadline.h"

#include <signal.h>
#include <stddef.h>
#include <sys/time.h>

static volatile sig_atomic_t ticks;
static void (*on_end)(void);
static struct sigaction action_before;
static sigset_t mask_before;

static void on_tick(int number) {
  (void)number;
  if (ticks <= HOOK_REPORT_MS / HOOK_TICK_MS) ticks = ticks + 1;
  if (ticks > HOOK_REPORT_MS / HOOK_TICK_MS) on_end();
}

void hook_deadline_start(int read_ms, void (*at_end)(void)) {
  on_end = at_end;
  struct sigaction action = {.sa_handler = on_tick};
  sigaction(SIGALRM, &action, &action_before);
  sigset_t alarm;
  sigemptyset(&alarm);
  sigaddset(&alarm, SIGALRM);
  sigprocmask(SIG_UNBLOCK, &alarm, &mask_before);
  const struct itimerval timer = {.it_interval = {0, HOOK_TICK_MS * 1000}, .it_value = {0, read_ms * 1000}};
  setitimer(ITIMER_REAL, &timer, NULL);
}

bool hook_deadline_is_reading_over(void) {
  return ticks != 0;
}

void hook_deadline_stop(void) {
  const struct itimerval never = {{0, 0}, {0, 0}};
  setitimer(ITIMER_REAL, &never, NULL);
  /* A second tick may be pending: ignoring the signal discards it, the previous action would not. */
  const struct sigaction ignore = {.sa_handler = SIG_IGN};
  sigaction(SIGALRM, &ignore, NULL);
  sigaction(SIGALRM, &action_before, NULL);
  sigprocmask(SIG_SETMASK, &mask_before, NULL);
}
