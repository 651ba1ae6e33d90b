/* SPDX-License-Identifier: MIT */
#ifndef ATM_IFACE_PARSER_H
#define ATM_IFACE_PARSER_H

/* Turns an agent's raw bytes into observations. The same record always gives the same observations: a parser keeps
 * no state, reads no clock, does no I/O, and may run on several threads at once. Since ABI 1.0. */

#include <atm/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ATM_IFACE_PARSER "atm.parser/1"

/* Receives the observations of one record. The host discards them if parse fails. */
typedef struct atm_observation_sink {
  uint32_t size;
  uint32_t reserved;
  void* self;

  /* Take one observation. The host sets `origin` to the record's channel; a time_ns of 0 becomes the record's time.
   * thread: the caller of parse
   * owner: borrowed, copied before the return
   * errors: E_INVALID (no session or type, a limit of atm_observation exceeded), E_FULL (over the limit of one
   * record) */
  atm_status (*emit)(void* self, const atm_observation* observation);
} atm_observation_sink;

/* The interface "atm.parser/1". */
typedef struct atm_parser {
  uint32_t size;
  uint32_t reserved;

  /* The channels that this parser claims ("claude_code/hook"), 1 to 64 of them, each of 1 to 128 bytes. A channel
   * has one parser. A channel with an asterisk before the slash claims AGENT/NAME of every agent whose channels no
   * parser claims by name. The id of the agent consists of a-z, 0-9 and _. Since ABI 1.2. */
  const atm_str* channels;
  uint64_t channel_count;

  /* Required. Parse one record.
   * thread: any
   * owner: all borrowed
   * errors: SKIP (no observation in it), E_INVALID (malformed; text in error), E_NOT_FOUND (a channel of an agent that
   * it does not know, claimed by an asterisk; 1.2), E_INTERNAL */
  atm_status (*parse)(void* instance, const atm_record* record, const atm_observation_sink* sink,
                      atm_error* error);
} atm_parser;

#ifdef __cplusplus
}
#endif

#endif /* ATM_IFACE_PARSER_H */
