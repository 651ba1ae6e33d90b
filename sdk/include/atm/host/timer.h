/* SPDX-License-Identifier: MIT */
#ifndef ATM_HOST_TIMER_H
#define ATM_HOST_TIMER_H

/* Calls back later, on the host's clock. Since ABI 1.0. */

#include <atm/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ATM_HOST_TIMER "atm.host.timer/1"

/* thread: timer; never two at once for one plugin; must return quickly
 * owner: borrowed
 * errors: none */
typedef void (*atm_timer_fn)(void* context, uint64_t timer);

typedef struct atm_host_timer {
  uint32_t size;
  uint32_t reserved;

  /* Call `fn` once after delay_ns, then every period_ns if that is not 0.
   * thread: any
   * owner: *timer is never 0
   * errors: E_INVALID (delay below 0, period below 1 ms but not 0), E_FULL (over 1,024 for one plugin),
   * E_CLOSED */
  atm_status (*start)(void* self, int64_t delay_ns, int64_t period_ns, atm_timer_fn fn, void* context,
                      uint64_t* timer);

  /* After the return `fn` is not running and will not run again.
   * thread: any but timer
   * owner: host
   * errors: E_NOT_FOUND (it has run) */
  atm_status (*cancel)(void* self, uint64_t timer);
} atm_host_timer;

#ifdef __cplusplus
}
#endif

#endif /* ATM_HOST_TIMER_H */
