/* SPDX-License-Identifier: MIT */
#ifndef ATM_HOST_LOG_H
#define ATM_HOST_LOG_H

/* Writes to the daemon's log, with the plugin's id as a field. Log once for each change of state, never once
 * for each event. Since ABI 1.0. */

#include <atm/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ATM_HOST_LOG "atm.host.log/1"

#define ATM_LOG_DEBUG 1u
#define ATM_LOG_INFO 2u
#define ATM_LOG_WARN 3u
#define ATM_LOG_ERROR 4u

typedef struct atm_host_log {
  uint32_t size;
  uint32_t reserved;

  /* Write one line; over 4 KiB is cut. `fields` come before the text, as key=value.
   * thread: any
   * owner: borrowed
   * errors: none */
  void (*write)(void* self, uint32_t level, atm_str text, const atm_attr* fields, uint64_t field_count);
} atm_host_log;

#ifdef __cplusplus
}
#endif

#endif /* ATM_HOST_LOG_H */
