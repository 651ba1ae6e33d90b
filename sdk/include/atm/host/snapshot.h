/* SPDX-License-Identifier: MIT */
#ifndef ATM_HOST_SNAPSHOT_H
#define ATM_HOST_SNAPSHOT_H

/* What is known now: sessions at one sequence number, statistics, plugins. Since ABI 1.0. */

#include <atm/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ATM_HOST_SNAPSHOT "atm.host.snapshot/1"

/* One answer, given exactly once for each request that returned OK.
 * thread: registry; must return at once, must not call ingest
 * owner: borrowed; items are JSON session objects
 * errors: status OK, E_NOT_FOUND (that session), E_CLOSED */
typedef void (*atm_snapshot_done)(void* context, atm_status status, uint64_t seq, const atm_str* items,
                                  uint64_t item_count);

typedef struct atm_text_sink {
  uint32_t size;
  uint32_t reserved;
  void* self;

  /* thread: the caller
   * owner: borrowed, copied
   * errors: the sink's own */
  atm_status (*text)(void* self, atm_str text);
} atm_text_sink;

typedef struct atm_host_snapshot {
  uint32_t size;
  uint32_t reserved;

  /* Ask for one session, or all when `session` is empty. What was ingested before on this thread is in it.
   * thread: any
   * owner: borrowed
   * errors: E_BUSY, E_CLOSED */
  atm_status (*sessions)(void* self, atm_str session, atm_snapshot_done done, void* context);

  /* The statistics as one JSON object (docs/specs/protocol.md, stats).
   * thread: any
   * owner: borrowed
   * errors: the sink's own */
  atm_status (*stats)(void* self, const atm_text_sink* sink);

  /* The plugins, loaded and failed, as one JSON array (docs/specs/protocol.md, plugins).
   * thread: any
   * owner: borrowed
   * errors: the sink's own */
  atm_status (*plugins)(void* self, const atm_text_sink* sink);

  /* Ask every source to look now; sums what they found. Blocks until they have.
   * thread: any but registry
   * owner: results are the caller's
   * errors: E_CLOSED */
  atm_status (*discover)(void* self, uint64_t* found, uint64_t* failed);
} atm_host_snapshot;

#ifdef __cplusplus
}
#endif

#endif /* ATM_HOST_SNAPSHOT_H */
