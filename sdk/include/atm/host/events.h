/* SPDX-License-Identifier: MIT */
#ifndef ATM_HOST_EVENTS_H
#define ATM_HOST_EVENTS_H

/* The way out: one subscription for each client. The host keeps a bounded queue for it, conflates state
 * events for each session (newest wins), keeps activity up to the bound, and on overflow drops the queue,
 * marks a gap and begins again with a snapshot. Nothing here can slow the registry or another subscription.
 * Since ABI 1.0. */

#include <atm/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ATM_HOST_EVENTS "atm.host.events/1"

#define ATM_EVENT_SESSION_REGISTERED 1u
#define ATM_EVENT_SESSION_UPDATED 2u
#define ATM_EVENT_SESSION_REMOVED 3u
#define ATM_EVENT_ACTIVITY 4u
#define ATM_EVENT_GAP 5u            /* `missed` events were dropped; a snapshot follows */
#define ATM_EVENT_SNAPSHOT_BEGIN 6u /* forget what you know; `seq` is the point of the snapshot */
#define ATM_EVENT_SNAPSHOT_ITEM 7u  /* one session of it */
#define ATM_EVENT_SNAPSHOT_END 8u   /* what follows is after `seq` */

typedef struct atm_event {
  uint32_t size;
  uint32_t kind;   /* ATM_EVENT_* */
  uint64_t epoch;  /* of this daemon start */
  uint64_t seq;    /* global, no holes; state events may be conflated */
  uint64_t rev;    /* of the session */
  uint64_t missed; /* GAP only */
  atm_str session; /* id, empty for GAP and SNAPSHOT_BEGIN/END */
  atm_str type;    /* ACTIVITY: the observation type; REMOVED: the reason */
  atm_str json; /* the session object (state), the observation object (activity), encoded once; else empty */
} atm_event;

typedef struct atm_event_sink {
  uint32_t size;
  uint32_t reserved;
  void* self;

  /* Take one event. A return other than OK ends this drain; the event counts as taken.
   * thread: the caller of drain
   * owner: borrowed for the call
   * errors: the sink's own */
  atm_status (*event)(void* self, const atm_event* event);
} atm_event_sink;

typedef struct atm_subscription_options {
  uint32_t size;
  uint32_t activity;  /* 1: activity events too */
  uint32_t max_queue; /* activity events kept; 0: the configured default */
  uint32_t reserved;
  atm_str session; /* only this session; empty: all */

  /* Told when a queue that was empty is so no more, once until the next drain has emptied it. Must return at
   * once; must not call back into the host.
   * thread: any
   * owner: borrowed
   * errors: none */
  void (*ready)(void* context, uint64_t subscription);
  void* context;

  /* With activity: only activity of this observation type, and removals; no other state event, so that none
   * is made for this subscription. Empty: all. */
  atm_str type;
} atm_subscription_options;

typedef struct atm_host_events {
  uint32_t size;
  uint32_t reserved;

  /* Open a subscription. The first drain gives SNAPSHOT_BEGIN, items, SNAPSHOT_END, then what follows, with
   * no hole between. thread: any owner: the host owns the subscription; *subscription is never 0 errors:
   * E_FULL (subscriber limit), E_CLOSED */
  atm_status (*subscribe)(void* self, const atm_subscription_options* options, uint64_t* subscription,
                          atm_error* error);

  /* Give up to `max_events` (0: all there are now) to the sink.
   * thread: any; never two at once for one subscription
   * owner: borrowed
   * errors: SKIP (empty), E_NOT_FOUND, E_CLOSED */
  atm_status (*drain)(void* self, uint64_t subscription, uint64_t max_events, const atm_event_sink* sink);

  /* Close it. After the return `ready` is not called again.
   * thread: any but `ready`
   * owner: host
   * errors: E_NOT_FOUND */
  atm_status (*unsubscribe)(void* self, uint64_t subscription);
} atm_host_events;

#ifdef __cplusplus
}
#endif

#endif /* ATM_HOST_EVENTS_H */
