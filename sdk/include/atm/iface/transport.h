/* SPDX-License-Identifier: MIT */
#ifndef ATM_IFACE_TRANSPORT_H
#define ATM_IFACE_TRANSPORT_H

/* Brings records in and sends events out. A transport owns its threads. It opens one subscription of
 * atm.host.events/1 for each client, so that the host does the queueing, merging and gap handling. Since ABI 1.0. */

#include <atm/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ATM_IFACE_TRANSPORT "atm.transport/1"

/* The interface "atm.transport/1". */
typedef struct atm_transport {
  uint32_t size;
  uint32_t reserved;

  /* Required. Bind and serve; returns when clients can connect.
   * thread: main
   * owner: plugin
   * errors: E_INVALID, E_EXISTS (another process serves this address), E_UNSUPPORTED, E_BUSY (the system has no
   * thread available; a later start may succeed); text in error */
  atm_status (*start)(void* instance, atm_error* error);

  /* Optional. Within deadline_ms: stop accepting, flush, close, join every thread and remove what was bound.
   * thread: main
   * owner: plugin
   * errors: E_BUSY when the deadline has passed */
  atm_status (*stop)(void* instance, uint32_t deadline_ms);

  /* Optional. Take the address without serving it, so that no other process can serve it. The host calls it once,
   * before it starts the first plugin: a daemon that cannot serve must not open the history. Since ABI 1.2.
   * thread: main
   * owner: plugin
   * errors: E_INVALID, E_EXISTS (another process serves this address); text in error. After a failure, start is not
   * called. */
  atm_status (*reserve)(void* instance, atm_error* error);
} atm_transport;

#ifdef __cplusplus
}
#endif

#endif /* ATM_IFACE_TRANSPORT_H */
