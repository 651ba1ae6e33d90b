/* SPDX-License-Identifier: MIT */
#ifndef ATM_IFACE_SOURCE_H
#define ATM_IFACE_SOURCE_H

/* Finds agents by itself: follows files, watches processes. It passes records to the host through atm.host.ingest/1.
 * Since ABI 1.0. */

#include <atm/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ATM_IFACE_SOURCE "atm.source/1"

/* The result of one discovery. */
typedef struct atm_discovery {
  uint32_t size;
  uint32_t reserved;
  uint64_t found;  /* sessions seen, new or known */
  uint64_t failed; /* candidates that could not be read */
} atm_discovery;

/* The interface "atm.source/1". */
typedef struct atm_source {
  uint32_t size;
  uint32_t reserved;

  /* Required. Begin to watch.
   * thread: main
   * owner: plugin
   * errors: E_UNSUPPORTED (not on this machine), E_INVALID, E_BUSY (the system has no thread available); text in
   * error */
  atm_status (*start)(void* instance, atm_error* error);

  /* Optional. Stop and join every thread within deadline_ms.
   * thread: main
   * owner: plugin
   * errors: E_BUSY when the deadline has passed */
  atm_status (*stop)(void* instance, uint32_t deadline_ms);

  /* Optional. Look once, now, for running agents. Called between start and stop only.
   * thread: instance
   * owner: the result is the caller's
   * errors: E_BUSY (another discovery is running), E_INTERNAL */
  atm_status (*discover)(void* instance, atm_discovery* result, atm_error* error);
} atm_source;

#ifdef __cplusplus
}
#endif

#endif /* ATM_IFACE_SOURCE_H */
