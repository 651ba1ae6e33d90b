/* SPDX-License-Identifier: MIT */
#ifndef ATM_HOST_CLOCK_H
#define ATM_HOST_CLOCK_H

/* The host's time. A test replaces it, so a plugin takes the time from here only. Since ABI 1.0. */

#include <atm/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ATM_HOST_CLOCK "atm.host.clock/1"

typedef struct atm_host_clock {
  uint32_t size;
  uint32_t reserved;

  /* Unix time in nanoseconds. It may step forwards or backwards.
   * thread: any
   * owner: none
   * errors: none */
  int64_t (*wall_ns)(void* self);

  /* Nanoseconds since an unspecified point. It never decreases, and it counts while the machine is suspended.
   * thread: any
   * owner: none
   * errors: none */
  int64_t (*monotonic_ns)(void* self);
} atm_host_clock;

#ifdef __cplusplus
}
#endif

#endif /* ATM_HOST_CLOCK_H */
