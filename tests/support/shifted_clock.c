/* SPDX-License-Identifier: MIT */
/* For LD_PRELOAD: the wall clock of the process differs by ATM_TEST_CLOCK_S seconds from that of the machine. */
#define _GNU_SOURCE /* NOLINT(bugprone-reserved-identifier) */
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

__attribute__((visibility("default"))) int clock_gettime(clockid_t clock, struct timespec* time) {
  const int result = (int)syscall(SYS_clock_gettime, clock, time);
  const char* const shift = getenv("ATM_TEST_CLOCK_S");
  if (result == 0 && clock == CLOCK_REALTIME && shift != NULL) time->tv_sec += strtol(shift, NULL, 10);
  return result;
}
