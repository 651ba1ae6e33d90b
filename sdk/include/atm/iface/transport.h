/* SPDX-License-Identifier: MIT */
#ifndef ATM_IFACE_TRANSPORT_H
#define ATM_IFACE_TRANSPORT_H

/* Carries records in and events out. A transport owns its threads; it opens one subscription of
 * atm.host.events/1 for each client it serves, so that queues, conflation and gaps are the host's work. Since
 * ABI 1.0. */

#include <atm/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ATM_IFACE_TRANSPORT "atm.transport/1"

typedef struct atm_transport {
  uint32_t size;
  uint32_t reserved;

  /* Required. Bind and serve; returns when clients can connect.
   * thread: main
   * owner: plugin
   * errors: E_INVALID, E_EXISTS (somebody serves this address), E_UNSUPPORTED, E_BUSY (the system has no thread to
   * give; a later start may succeed); text in error */
  atm_status (*start)(void* instance, atm_error* error);

  /* Optional. Stop accepting, flush, close, join every thread, remove what was bound, within deadline_ms.
   * thread: main
   * owner: plugin
   * errors: E_BUSY when the deadline passed */
  atm_status (*stop)(void* instance, uint32_t deadline_ms);
} atm_transport;

#ifdef __cplusplus
}
#endif

#endif /* ATM_IFACE_TRANSPORT_H */
