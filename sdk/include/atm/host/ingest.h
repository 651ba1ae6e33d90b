/* SPDX-License-Identifier: MIT */
#ifndef ATM_HOST_INGEST_H
#define ATM_HOST_INGEST_H

/* Input of the daemon: records, which the host passes to a parser, and observations, which it passes to the
 * registry. The calls never block. Since ABI 1.0. */

#include <atm/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ATM_HOST_INGEST "atm.host.ingest/1"

/* Whether the session of an observation must exist. If the condition does not hold, the observation is refused. */
#define ATM_EXPECT_ANY 0u     /* no condition */
#define ATM_EXPECT_ABSENT 1u  /* it must not exist; else E_EXISTS */
#define ATM_EXPECT_PRESENT 2u /* it must exist; else E_NOT_FOUND */

/* Report the result of one observation, after subscribers can read the revision that holds it.
 * thread: registry; must return at once, must not call ingest
 * owner: borrowed
 * errors: OK, E_EXISTS, E_NOT_FOUND, E_FULL (session limit), E_CLOSED */
typedef void (*atm_ingest_done)(void* context, atm_status status);

/* The service "atm.host.ingest/1". */
typedef struct atm_host_ingest {
  uint32_t size;
  uint32_t reserved;

  /* Pass a record to the parser of its channel. The parser runs on the calling thread; the registry receives all of
   * the record's observations in order, or none. Not allowed from within parse.
   * thread: any
   * owner: borrowed
   * errors: SKIP (no observation in it), E_NOT_FOUND (no parser for the channel), E_INVALID (malformed; text in
   * error), E_BUSY (mailbox full; nothing was taken, counted by channel), E_PAUSED (the parser is paused after slow
   * calls; nothing was taken, counted by channel), E_INTERNAL (the parser failed), E_CLOSED (the registry has stopped) */
  atm_status (*record)(void* self, const atm_record* record, atm_error* error);

  /* Pass one observation to the registry. `done` may be NULL; otherwise it is called exactly once if this call
   * returned OK.
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
