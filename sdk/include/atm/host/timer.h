/* SPDX-License-Identifier: MIT */
#ifndef ATM_HOST_TIMER_H
#define ATM_HOST_TIMER_H

/* Timers on the host's monotonic clock. Since ABI 1.0. */

#include <atm/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ATM_HOST_TIMER "atm.host.timer/1"

/* Called when a timer is due.
 * thread: timer; never two at once for one plugin; must return quickly
 * owner: borrowed
 * errors: none */
typedef void (*atm_timer_fn)(void* context, uint64_t timer);

/* The service "atm.host.timer/1". */
typedef struct atm_host_timer {
  uint32_t size;
  uint32_t reserved;

  /* Call `fn` once after delay_ns, then every period_ns if that is not 0. Missed periods give one call.
   * thread: any
   * owner: *timer is never 0
   * errors: E_INVALID (delay below 0, period below 1 ms but not 0), E_FULL (over 1,024 for one plugin), E_CLOSED */
  atm_status (*start)(void* self, int64_t delay_ns, int64_t period_ns, atm_timer_fn fn, void* context,
                      uint64_t* timer);

  /* Cancel a timer. After the return `fn` is not running and is not called again.
   * thread: any but timer
   * owner: host
   * errors: E_NOT_FOUND (it has fired) */
  atm_status (*cancel)(void* self, uint64_t timer);
} atm_host_timer;

#ifdef __cplusplus
}
#endif

#endif /* ATM_HOST_TIMER_H */
