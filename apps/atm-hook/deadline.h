/* SPDX-License-Identifier: MIT */
#ifndef ATM_HOOK_DEADLINE_H
#define ATM_HOOK_DEADLINE_H

/* Bounds the time an agent waits: a timer first interrupts reading and then ends the report. */

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
  HOOK_READ_MS = 25,       /* after the start: input that has not come by now is not waited for; */
  HOOK_THEN_READ_MS = 100, /* longer where a command waits for the same input anyway */
  HOOK_REPORT_MS = 15,     /* after that: the report is given up wherever it is */
  HOOK_TICK_MS = 5,        /* a signal that fell between the check and the read is followed by another */
  HOOK_TRAILING_MS = 5,    /* after a complete document: how long an end of file is waited for */
  HOOK_QUIET_MS = 2,       /* after the time for reading: a pause after which nothing more is read */
};

/* From `read_ms` on, blocking calls fail with EINTR at each tick. From HOOK_REPORT_MS on, each tick calls `at_end` in
 * a signal handler. */
void hook_deadline_start(int read_ms, void (*at_end)(void));
bool hook_deadline_is_reading_over(void);

/* Stops the ticks and restores the previous signal action. Safe in `at_end`. */
void hook_deadline_stop(void);

#ifdef __cplusplus
}
#endif

#endif
