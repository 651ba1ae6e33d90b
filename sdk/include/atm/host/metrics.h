/* SPDX-License-Identifier: MIT */
#ifndef ATM_HOST_METRICS_H
#define ATM_HOST_METRICS_H

/* Counters and gauges of a plugin. `atm stats` shows them under the plugin's id. Since ABI 1.0. */

#include <atm/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ATM_HOST_METRICS "atm.host.metrics/1"

/* The service "atm.host.metrics/1". A name is snake case and has 1 to 64 bytes; a plugin has at most 256 names. */
typedef struct atm_host_metrics {
  uint32_t size;
  uint32_t reserved;

  /* Add `delta` to a counter; its first use creates it with the value 0. The sum saturates.
   * thread: any
   * owner: borrowed, copied
   * errors: E_INVALID (name), E_FULL (too many names) */
  atm_status (*add)(void* self, atm_str name, int64_t delta);

  /* Set a gauge; its first use creates it.
   * thread: any
   * owner: borrowed, copied
   * errors: E_INVALID (name), E_FULL (too many names) */
  atm_status (*set)(void* self, atm_str name, int64_t value);
} atm_host_metrics;

#ifdef __cplusplus
}
#endif

#endif /* ATM_HOST_METRICS_H */
