/* SPDX-License-Identifier: MIT */
#ifndef ATM_IFACE_ANALYZER_H
#define ATM_IFACE_ANALYZER_H

/* Derives facts from a session after an observation was folded into it: `cost.hourly_rate_usd`, `context.level`. It
 * is a pure function of its two arguments. The registry calls it inline, so it must return within microseconds. Its
 * facts belong to the same revision as the observation. Since ABI 1.0. */

#include <atm/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ATM_IFACE_ANALYZER "atm.analyzer/1"

/* A session as attributes, at one revision. An unknown attribute is absent. docs/sdk/session-attributes.md lists the
 * keys: status, model.id, cost.total_usd_micros, context.window, duration.total_ms, ... and the facts known so far. */
typedef struct atm_session {
  uint32_t size;
  uint32_t reserved;
  uint64_t rev; /* revision that the observation makes */
  atm_str id;
  atm_str agent;
  int64_t started_at_ns;    /* Unix time */
  int64_t last_activity_ns; /* Unix time */
  const atm_attr* attrs;    /* sorted bytewise by key; each key occurs once */
  uint64_t attr_count;
} atm_session;

/* Receives the facts of one call. The host applies them only if analyze returns OK. */
typedef struct atm_fact_sink {
  uint32_t size;
  uint32_t reserved;
  void* self;

  /* Set one fact; a value of kind NONE removes it. The key must begin with the analyzer's prefix. Text over 1 KiB is
   * cut.
   * thread: the caller
   * owner: borrowed, copied
   * errors: E_INVALID (other prefix, key over 128 bytes, not UTF-8, number not finite), E_FULL (over 64 facts) */
  atm_status (*set)(void* self, const atm_attr* fact);
} atm_fact_sink;

/* The interface "atm.analyzer/1". */
typedef struct atm_analyzer {
  uint32_t size;
  uint32_t reserved;

  /* Prefix of every fact of this analyzer, with the dot: "cost.". 2 to 64 bytes of a-z, 0-9, _ and dots. A prefix
   * belongs to one analyzer. */
  atm_str prefix;

  /* Required. Derive the facts of `session`, which already contains `observation`.
   * thread: instance
   * owner: all borrowed
   * errors: SKIP (no change), E_INTERNAL; in both cases the earlier facts stay */
  atm_status (*analyze)(void* instance, const atm_observation* observation, const atm_session* session,
                        const atm_fact_sink* sink, atm_error* error);
} atm_analyzer;

#ifdef __cplusplus
}
#endif

#endif /* ATM_IFACE_ANALYZER_H */
