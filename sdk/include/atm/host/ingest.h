/* SPDX-License-Identifier: MIT */
#ifndef ATM_HOST_INGEST_H
#define ATM_HOST_INGEST_H

/* The way in: records to a parser, observations straight to the registry. Never blocks. Since ABI 1.0. */

#include <atm/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ATM_HOST_INGEST "atm.host.ingest/1"

/* What must be true of the session for an observation to be taken. */
#define ATM_EXPECT_ANY 0u
#define ATM_EXPECT_ABSENT 1u  /* else E_EXISTS */
#define ATM_EXPECT_PRESENT 2u /* else E_NOT_FOUND */

/* Told once what became of an observation, after the revision that holds it can be read.
 * thread: registry; must return at once, must not call ingest
 * owner: borrowed
 * errors: OK, E_EXISTS, E_NOT_FOUND, E_FULL (session limit), E_CLOSED */
typedef void (*atm_ingest_done)(void* context, atm_status status);

typedef struct atm_host_ingest {
  uint32_t size;
  uint32_t reserved;

  /* Hand over a record: the parser of its channel runs on this thread, its observations go to the registry in
   * order. thread: any owner: borrowed errors: SKIP (nothing in it), E_NOT_FOUND (no parser for the channel),
   * E_INVALID (malformed; text in error), E_BUSY (mailbox full; nothing was taken, counted by channel),
   * E_CLOSED (the registry has ended) */
  atm_status (*record)(void* self, const atm_record* record, atm_error* error);

  /* Hand over an observation; `done` may be NULL, else it is called exactly once if this returned OK.
   * thread: any
   * owner: borrowed
   * errors: E_INVALID, E_BUSY, E_CLOSED */
  atm_status (*observe)(void* self, const atm_observation* observation, uint32_t expect, atm_ingest_done done,
                        void* context, atm_error* error);
} atm_host_ingest;

#ifdef __cplusplus
}
#endif

#endif /* ATM_HOST_INGEST_H */
