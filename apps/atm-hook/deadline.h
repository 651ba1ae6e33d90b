/* SPDX-License-Identifier: MIT */
#ifndef ATM_HOOK_DEADLINE_H
#define ATM_HOOK_DEADLINE_H

/* The promise that the agent never waits: a timer that first interrupts reading and then ends the process. */

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
  HOOK_READ_MS = 25,    /* after the start: input that has not come by now is not waited for */
  HOOK_EXIT_MS = 40,    /* after the start: the process exits with 0 wherever it is */
  HOOK_TICK_MS = 5,     /* a signal that fell between the check and the read is followed by another */
  HOOK_TRAILING_MS = 5, /* after a complete document: how long an end of file is waited for */
  HOOK_QUIET_MS = 2,    /* after HOOK_READ_MS: a pause after which nothing more is read */
};

/* Once, first thing in `main`. Blocking calls fail with EINTR at each tick from HOOK_READ_MS on. */
void hook_deadline_start(void);
bool hook_deadline_is_reading_over(void);

#ifdef __cplusplus
}
#endif

#endif
