/* SPDX-License-Identifier: MIT */
#include "file_limit.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t is_ignored;
static struct sigaction action_before;

void hook_file_limit_ignore(void) {
  const struct sigaction ignore = {.sa_handler = SIG_IGN};
  if (is_ignored == 0 && sigaction(SIGXFSZ, &ignore, &action_before) == 0) is_ignored = 1;
}

void hook_file_limit_restore(void) {
  if (is_ignored == 0) return;
  sigaction(SIGXFSZ, &action_before, NULL);
  is_ignored = 0;
}
