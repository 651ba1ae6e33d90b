/* SPDX-License-Identifier: MIT */
#ifndef ATM_IFACE_ANALYZER_H
#define ATM_IFACE_ANALYZER_H

/* Derives facts from a session after an observation was folded into it: `cost.hourly_rate_usd`,
 * `context.level`. A pure function of its two arguments; the registry calls it inline, so it must be quick
 * (microseconds). Facts are part of the same revision as the observation. Since ABI 1.0. */

#include <atm/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ATM_IFACE_ANALYZER "atm.analyzer/1"

/* A session as attributes, at one revision. Unknown things are absent. The keys are those of
 * docs/sdk/session-attributes.md: status, model.id, cost.total_usd_micros, context.window, duration.total_ms,
 * ... and the facts known so far. */
typedef struct atm_session {
  uint32_t size;
  uint32_t reserved;
  uint64_t rev;
  atm_str id;
  atm_str agent;
  int64_t started_at_ns;
  int64_t last_activity_ns;
  const atm_attr* attrs; /* sorted by key, bytewise */
  uint64_t attr_count;
} atm_session;

typedef struct atm_fact_sink {
  uint32_t size;
  uint32_t reserved;
  void* self;

  /* Set one fact; a value of kind NONE takes it away. The key must begin with the analyzer's prefix.
   * thread: the caller
   * owner: borrowed, copied
   * errors: E_INVALID (foreign prefix, number not finite), E_FULL (over 64 facts) */
  atm_status (*set)(void* self, const atm_attr* fact);
} atm_fact_sink;

/* What a fact is, so that a client can show one it has never heard of. */
typedef struct atm_fact_decl {
  uint32_t size;
  uint32_t kind; /* ATM_VALUE_* */
  atm_str key;
  atm_str unit;    /* "usd/h", "percent", "turns", or empty */
  atm_str summary; /* one line */
} atm_fact_decl;

typedef struct atm_fact_decl_sink {
  uint32_t size;
  uint32_t reserved;
  void* self;

  /* thread: the caller
   * owner: borrowed, copied
   * errors: E_INVALID (foreign prefix) */
  atm_status (*declare)(void* self, const atm_fact_decl* decl);
} atm_fact_decl_sink;

typedef struct atm_analyzer {
  uint32_t size;
  uint32_t reserved;

  /* The prefix of every fact of this analyzer, with the dot: "cost.". One prefix has one analyzer. */
  atm_str prefix;

  /* Required. Derive the facts of `session`, which already contains `observation`.
   * thread: instance
   * owner: all borrowed
   * errors: SKIP (nothing changes), E_INTERNAL; earlier facts stay */
  atm_status (*analyze)(void* instance, const atm_observation* observation, const atm_session* session,
                        const atm_fact_sink* sink, atm_error* error);

  /* Optional. Name every fact this analyzer may set.
   * thread: main
   * owner: borrowed
   * errors: none */
  atm_status (*describe)(void* instance, const atm_fact_decl_sink* sink);
} atm_analyzer;

#ifdef __cplusplus
}
#endif

#endif /* ATM_IFACE_ANALYZER_H */
