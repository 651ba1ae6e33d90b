/* SPDX-License-Identifier: MIT */
#ifndef ATM_HOST_SNAPSHOT_H
#define ATM_HOST_SNAPSHOT_H

/* The current state of the daemon: sessions at one sequence number, statistics, plugins. Since ABI 1.0. */

#include <atm/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ATM_HOST_SNAPSHOT "atm.host.snapshot/1"

/* Deliver one answer; called exactly once for each request that returned OK.
 * thread: registry; must return at once, must not call ingest
 * owner: borrowed; items are JSON session objects
 * errors: status OK, E_NOT_FOUND (no such session), E_CLOSED */
typedef void (*atm_snapshot_done)(void* context, atm_status status, uint64_t seq, const atm_str* items,
                                  uint64_t item_count);

/* Receives text. */
typedef struct atm_text_sink {
  uint32_t size;
  uint32_t reserved;
  void* self;

  /* Take one text.
   * thread: the caller
   * owner: borrowed, copied
   * errors: the sink's own */
  atm_status (*text)(void* self, atm_str text);
} atm_text_sink;

/* The service "atm.host.snapshot/1". */
typedef struct atm_host_snapshot {
  uint32_t size;
  uint32_t reserved;

  /* Request one session, or all if `session` is empty. The answer includes what this thread ingested before.
   * thread: any
   * owner: borrowed
   * errors: E_BUSY, E_CLOSED */
  atm_status (*sessions)(void* self, atm_str session, atm_snapshot_done done, void* context);

  /* Report the statistics as one JSON object (docs/specs/protocol.md, stats).
   * thread: any
   * owner: borrowed
   * errors: the sink's own */
  atm_status (*stats)(void* self, const atm_text_sink* sink);

  /* Report all plugins, loaded and failed, as one JSON array (docs/specs/protocol.md, plugins).
   * thread: any
   * owner: borrowed
   * errors: the sink's own */
  atm_status (*plugins)(void* self, const atm_text_sink* sink);

  /* Run the discovery of every started source and sum the results. Blocks until all have returned. A source may wait
   * for a callback of the host, so a callback or a discovery must not call this function.
   * thread: any, but not from within a callback of the host or a discovery
   * owner: results are the caller's
   * errors: E_INVALID (called from within a callback or a discovery), E_CLOSED */
  atm_status (*discover)(void* self, uint64_t* found, uint64_t* failed);

  /* Request the sessions of these agents. The host encodes no other session. Since ABI 1.4.
   * thread: any
   * owner: borrowed
   * errors: E_INVALID (no agent, or more than 1,024), E_BUSY, E_CLOSED */
  atm_status (*sessions_of)(void* self, const atm_str* agents, uint64_t agent_count, atm_snapshot_done done,
                            void* context);
} atm_host_snapshot;

#ifdef __cplusplus
}
#endif

#endif /* ATM_HOST_SNAPSHOT_H */
