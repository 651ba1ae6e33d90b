/* SPDX-License-Identifier: MIT */
#ifndef ATM_HOST_METRICS_H
#define ATM_HOST_METRICS_H

/* Counters and gauges, shown by `atm stats` under the plugin's id. Since ABI 1.0. */

#include <atm/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ATM_HOST_METRICS "atm.host.metrics/1"

typedef struct atm_host_metrics {
  uint32_t size;
  uint32_t reserved;

  /* Add to a counter, made at its first use. Names: snake case, at most 64 bytes; at most 256 a plugin.
   * thread: any
   * owner: borrowed, copied
   * errors: E_INVALID (name), E_FULL */
  atm_status (*add)(void* self, atm_str name, int64_t delta);

  /* Set a gauge.
   * thread: any
   * owner: borrowed, copied
   * errors: E_INVALID (name), E_FULL */
  atm_status (*set)(void* self, atm_str name, int64_t value);
} atm_host_metrics;

#ifdef __cplusplus
}
#endif

#endif /* ATM_HOST_METRICS_H */
