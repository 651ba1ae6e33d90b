/* SPDX-License-Identifier: MIT */
#ifndef ATM_HOST_LOG_H
#define ATM_HOST_LOG_H

/* The daemon's log; each line carries the plugin's id. A plugin logs once for each change of its state, not once for
 * each event. Since ABI 1.0. */

#include <atm/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ATM_HOST_LOG "atm.host.log/1"

/* Levels, in order of severity. */
#define ATM_LOG_DEBUG 1u
#define ATM_LOG_INFO 2u
#define ATM_LOG_WARN 3u
#define ATM_LOG_ERROR 4u

/* The service "atm.host.log/1". */
typedef struct atm_host_log {
  uint32_t size;
  uint32_t reserved;

  /* Write one line. Text over 4 KiB is cut; fields after the 32nd are dropped. The fields precede the text as
   * key=value.
   * thread: any
   * owner: borrowed
   * errors: none */
  void (*write)(void* self, uint32_t level, atm_str text, const atm_attr* fields, uint64_t field_count);
} atm_host_log;

#ifdef __cplusplus
}
#endif

#endif /* ATM_HOST_LOG_H */
