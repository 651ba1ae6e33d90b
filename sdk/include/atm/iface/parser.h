/* SPDX-License-Identifier: MIT */
#ifndef ATM_IFACE_PARSER_H
#define ATM_IFACE_PARSER_H

/* Turns an agent's own bytes into observations. The same record always gives the same observations: a parser
 * keeps no state, reads no clock, does no I/O, and may run on several threads at once. Since ABI 1.0. */

#include <atm/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ATM_IFACE_PARSER "atm.parser/1"

/* Where a parser puts what it found. */
typedef struct atm_observation_sink {
  uint32_t size;
  uint32_t reserved;
  void* self;

  /* Take one observation; copied before it returns.
   * thread: the caller of parse
   * owner: borrowed
   * errors: E_INVALID (no session, no type), E_FULL (too many from one record) */
  atm_status (*emit)(void* self, const atm_observation* observation);
} atm_observation_sink;

typedef struct atm_parser {
  uint32_t size;
  uint32_t reserved;

  /* The channels this parser claims ("claude_code/hook"); one channel has one parser. */
  const atm_str* channels;
  uint64_t channel_count;

  /* Required. Parse one record.
   * thread: any
   * owner: all borrowed
   * errors: SKIP (nothing to say), E_INVALID (malformed; text in error), E_INTERNAL */
  atm_status (*parse)(void* instance, const atm_record* record, const atm_observation_sink* sink,
                      atm_error* error);
} atm_parser;

#ifdef __cplusplus
}
#endif

#endif /* ATM_IFACE_PARSER_H */
