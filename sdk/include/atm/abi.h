/* SPDX-License-Identifier: MIT */
#ifndef ATM_ABI_H
#define ATM_ABI_H

/* The contract between atmd and a plugin, in C11: values, status codes, the descriptor and the entry symbol.
 *
 * The host and a plugin share nothing but these structs: no C++ type, allocator, exception or standard
 * library crosses. A C++ author includes <atm/plugin.hpp> and never sees this file; an author in another
 * language exports one data symbol, `atm_plugin_v1`, and fills the tables of <atm/iface/...>.
 *
 * Rules, numbered in docs/sdk/abi.md: values (atm_str, atm_value, atm_attr) are frozen for ever; tables begin
 * with `size`, grow at the end, and travel by pointer only; what is passed is borrowed for the call; what is
 * returned goes through a callback that copies; text is UTF-8 with a length, not terminated.
 *
 * Since ABI 1.0. */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ATM_ABI_MAJOR 1u
#define ATM_ABI_MINOR 1u

/* The observation vocabulary (docs/specs/observations.md) has a version of its own. */
#define ATM_VOCABULARY_MAJOR 1u
#define ATM_VOCABULARY_MINOR 2u

#define ATM_PLUGIN_SYMBOL "atm_plugin_v1"

/* ---- status ----------------------------------------------------------------------------------------------
 */

/* What every call returns. Zero and above: not a failure. */
typedef int32_t atm_status;

#define ATM_OK 0               /* done */
#define ATM_SKIP 1             /* nothing for me here; not an error */
#define ATM_E_INVALID (-1)     /* the input is malformed; the same input will fail again */
#define ATM_E_BUSY (-2)        /* try later: a bounded queue is full */
#define ATM_E_UNSUPPORTED (-3) /* never on this host or machine; do not retry */
#define ATM_E_INTERNAL (-4)    /* the callee failed; an exception was caught */
#define ATM_E_NOT_FOUND (-5)   /* no such session, timer, subscription */
#define ATM_E_EXISTS (-6)      /* there is one already */
#define ATM_E_FULL (-7)        /* a configured limit is reached */
#define ATM_E_CLOSED (-8)      /* the other side is stopping or gone */
#define ATM_E_TOO_LARGE (-9)   /* over a configured length */

/* ---- frozen values ---------------------------------------------------------------------------------------
 */

/* UTF-8 text, `size` bytes, not terminated. {NULL, 0} is the empty text. 16 bytes. */
typedef struct atm_str {
  const char* data;
  uint64_t size;
} atm_str;

#define ATM_VALUE_NONE 0u
#define ATM_VALUE_BOOL 1u   /* as.i is 0 or 1 */
#define ATM_VALUE_INT 2u    /* as.i */
#define ATM_VALUE_DOUBLE 3u /* as.d, finite */
#define ATM_VALUE_STR 4u    /* as.s */

/* One typed value. 24 bytes. */
typedef struct atm_value {
  uint32_t kind; /* ATM_VALUE_* */
  uint32_t reserved;
  union {
    int64_t i;
    double d;
    atm_str s;
  } as;
} atm_value;

/* A named value; keys are dotted snake case ("cost.total_usd_micros"). 40 bytes. */
typedef struct atm_attr {
  atm_str key;
  atm_value value;
} atm_attr;

/* A caller-owned buffer for the text of a failure. The callee writes at most `capacity` bytes of UTF-8 to
 * `data` and sets `length` to what it wrote. Never NULL where a function takes one. */
typedef struct atm_error {
  uint32_t size;     /* sizeof(atm_error) */
  uint32_t capacity; /* bytes at data */
  uint32_t length;   /* bytes written */
  uint32_t reserved;
  char* data;
} atm_error;

/* ---- records and observations ----------------------------------------------------------------------------
 */

/* Raw bytes an agent gave, as a transport or source took them. */
typedef struct atm_record {
  uint32_t size; /* sizeof(atm_record) */
  uint32_t reserved;
  int64_t time_ns; /* Unix time the record was made */
  atm_str channel; /* "claude_code/hook" */
  atm_str payload; /* valid UTF-8; at most the host's line limit */
  const atm_attr*
      context; /* pid, start_ticks, tty, tmux.pane, tmux.socket, cwd, host, event, env.NAME, ppids */
  uint64_t context_count;
} atm_record;

/* A normalised fact about an agent (docs/specs/observations.md). */
typedef struct atm_observation {
  uint32_t size; /* sizeof(atm_observation) */
  uint32_t reserved;
  int64_t time_ns; /* Unix time it happened */
  atm_str type;    /* "tool.started"; a vendor's own has a prefix */
  atm_str session; /* the agent's own session id, 1 to 256 bytes */
  atm_str agent;   /* "claude_code" */
  atm_str actor;   /* the subagent, empty for the main thread */
  atm_str origin;  /* the channel it came from */
  const atm_attr* attrs;
  uint64_t attr_count;
} atm_observation;

/* ---- host and plugin -------------------------------------------------------------------------------------
 */

/* What the host gives a plugin at create; valid until destroy returns. */
typedef struct atm_host {
  uint32_t size; /* sizeof(atm_host) */
  uint32_t abi_major;
  uint32_t abi_minor;
  uint32_t reserved;
  void* self;

  /* The table of a host service ("atm.host.log/1"), NULL when this host has none. The table lives as long as
   * the host. thread: any owner: host errors: NULL for an unknown id */
  const void* (*query)(void* self, atm_str interface_id);
} atm_host;

/* What a plugin exports, constant, for the life of the process. */
typedef struct atm_plugin {
  uint32_t size; /* sizeof(atm_plugin) */
  uint32_t abi_major;
  uint32_t abi_minor;
  uint32_t vocabulary_major;
  uint32_t vocabulary_minor;
  uint32_t reserved;
  atm_str id;      /* [a-z][a-z0-9_]{0,63}, the same as in the manifest */
  atm_str version; /* semantic version */
  atm_str summary; /* one line for people */
  atm_str
      config_schema; /* JSON Schema (draft 4) of this plugin's configuration table, or empty: takes none */

  /* Make an instance. `config` is a JSON object that fits config_schema, all defaults absent.
   * thread: main
   * owner: the plugin owns *instance until destroy
   * errors: E_INVALID configuration, E_UNSUPPORTED here, E_INTERNAL; text in error */
  atm_status (*create)(const atm_host* host, atm_str config, void** instance, atm_error* error);

  /* End an instance; no call on it is under way and none follows.
   * thread: main
   * owner: plugin
   * errors: none */
  void (*destroy)(void* instance);

  /* The table of an interface this plugin provides ("atm.parser/1"), NULL when it does not. Legal from create
   * to destroy. thread: any owner: plugin; constant while the instance lives errors: NULL for an unknown id
   */
  const void* (*query)(void* instance, atm_str interface_id);
} atm_plugin;

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* ATM_ABI_H */
