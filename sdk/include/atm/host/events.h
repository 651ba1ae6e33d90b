/* SPDX-License-Identifier: MIT */
#ifndef ATM_HOST_EVENTS_H
#define ATM_HOST_EVENTS_H

/* Events of the registry, through subscriptions. A transport opens one subscription for each client. The host keeps
 * a bounded queue for each subscription. It merges the waiting state events of one session (the newest replaces the
 * others) and keeps activity events up to the limit. When a queue overflows, the host drops it, sends a GAP and
 * continues with a new snapshot. A slow subscriber delays neither the registry nor another subscription.
 *
 * A subscription with `replay_at_ns` is a replay (since ABI 1.3): it delivers the events of an earlier time, at
 * `replay_speed`. Its queue never overflows: the replay waits. The host answers the subscription and each seek, in
 * order, by REPLAY_BEGIN and a snapshot, or by REPLAY_REFUSED. REPLAY_TIME precedes the events of each time.
 *
 * Since ABI 1.0. */

#include <atm/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ATM_HOST_EVENTS "atm.host.events/1"

/* Kinds of atm_event. */
#define ATM_EVENT_SESSION_REGISTERED 1u
#define ATM_EVENT_SESSION_UPDATED 2u
#define ATM_EVENT_SESSION_REMOVED 3u
#define ATM_EVENT_ACTIVITY 4u
#define ATM_EVENT_GAP 5u /* `missed` events were dropped; in a replay: see `type`. A snapshot follows */
#define ATM_EVENT_SNAPSHOT_BEGIN 6u  /* discard all sessions; `seq` is the point of the snapshot */
#define ATM_EVENT_SNAPSHOT_ITEM 7u   /* one session of the snapshot */
#define ATM_EVENT_SNAPSHOT_END 8u    /* later events have a higher `seq` */
#define ATM_EVENT_REPLAY_BEGIN 9u    /* discard all sessions; a snapshot of `time_ns` follows */
#define ATM_EVENT_REPLAY_REFUSED 10u /* the past has no such time; the replay waits for a seek */
#define ATM_EVENT_REPLAY_TIME 11u    /* the time of the later events is `time_ns` */
#define ATM_EVENT_REPLAY_END 12u /* no later input is stored, or see `type`; the replay waits for a seek */

/* One event, as a drain passes it to its sink. */
typedef struct atm_event {
  uint32_t size;
  uint32_t kind;   /* ATM_EVENT_* */
  uint64_t epoch;  /* identifies this start of the daemon */
  uint64_t seq;    /* rises by one with each event; merged state events skip numbers */
  uint64_t rev;    /* revision of the session */
  uint64_t missed; /* GAP only: number of dropped events */
  atm_str session; /* session id; empty for GAP and SNAPSHOT_BEGIN/END */
  /* ACTIVITY: the observation type; SESSION_REMOVED: the reason. The reason for users in a replay: REPLAY_REFUSED, GAP
   * (inputs are missing), REPLAY_END (empty: the end is reached; else the replay cannot continue). */
  atm_str type;
  /* State events and SNAPSHOT_ITEM: the session object. ACTIVITY: the observation object. Else empty. */
  atm_str json;
  int64_t time_ns; /* REPLAY_BEGIN, REPLAY_TIME: Unix time in nanoseconds; else 0. Since ABI 1.3 */
} atm_event;

/* Receives the events of one drain. */
typedef struct atm_event_sink {
  uint32_t size;
  uint32_t reserved;
  void* self;

  /* Take one event. A result other than OK ends the drain; the event counts as taken.
   * thread: the caller of drain
   * owner: borrowed for the call
   * errors: the sink's own */
  atm_status (*event)(void* self, const atm_event* event);
} atm_event_sink;

/* What a subscription delivers, and the function that announces new events. */
typedef struct atm_subscription_options {
  uint32_t size;
  uint32_t activity;  /* 1: deliver activity events, too */
  uint32_t max_queue; /* activity events kept; 0: the configured default */
  uint32_t reserved;
  atm_str session; /* deliver only this session; empty: all */

  /* Called once when the queue is no longer empty; called again only after a drain has emptied the queue. May be
   * NULL. It must return at once and must not call the host.
   * thread: any
   * owner: borrowed
   * errors: none */
  void (*ready)(void* context, uint64_t subscription);
  void* context; /* passed to `ready` */

  /* Requires `activity`. Deliver only activity events of this observation type, and removals; no other state event
   * is encoded for this subscription. Empty: all events. */
  atm_str type;

  /* Since ABI 1.3. Not 0: a replay from this Unix time in nanoseconds. `activity` must be 0, and `type` empty. */
  int64_t replay_at_ns;
  double replay_speed; /* seconds of the past in one second; 0: the replay stands still */
} atm_subscription_options;

/* The service "atm.host.events/1". */
typedef struct atm_host_events {
  uint32_t size;
  uint32_t reserved;

  /* Open a subscription. The first drain delivers SNAPSHOT_BEGIN, the items, SNAPSHOT_END, and then each later
   * event, without a hole.
   * thread: any
   * owner: the host owns the subscription; *subscription is never 0
   * errors: E_INVALID (`type` without `activity`, a text too long; a wrong replay), E_FULL (subscriber limit, limit
   * of replays; text in error), E_UNSUPPORTED (replay: no store keeps the past; text in error), E_CLOSED */
  atm_status (*subscribe)(void* self, const atm_subscription_options* options, uint64_t* subscription,
                          atm_error* error);

  /* Pass up to `max_events` events to the sink; 0: all that are queued.
   * thread: any; never two at once for one subscription
   * owner: borrowed
   * errors: SKIP (empty), E_NOT_FOUND, E_CLOSED */
  atm_status (*drain)(void* self, uint64_t subscription, uint64_t max_events, const atm_event_sink* sink);

  /* Close a subscription. After the return, `ready` is not running and is not called again.
   * thread: any, but not from within `ready`
   * owner: host
   * errors: E_NOT_FOUND */
  atm_status (*unsubscribe)(void* self, uint64_t subscription);

  /* Continue a replay at another Unix time in nanoseconds. Since ABI 1.3.
   * thread: any
   * owner: none
   * errors: E_NOT_FOUND (no such replay), E_FULL (64 seeks wait) */
  atm_status (*seek)(void* self, uint64_t subscription, int64_t at_ns);

  /* Change the speed of a replay; 0: it stands still. Since ABI 1.3.
   * thread: any
   * owner: none
   * errors: E_NOT_FOUND (no such replay), E_INVALID (negative, over 1,000,000, not a number) */
  atm_status (*set_speed)(void* self, uint64_t subscription, double speed);
} atm_host_events;

#ifdef __cplusplus
}
#endif

#endif /* ATM_HOST_EVENTS_H */
