/* SPDX-License-Identifier: MIT */
#ifndef ATM_ABI_H
#define ATM_ABI_H

/* The contract between atmd and a plugin, in C11: values, status codes, the descriptor and the entry symbol.
 *
 * atmd (the host) and a plugin share only these structs. No C++ type, allocator, exception or standard library
 * object crosses the boundary. A C++ author includes <atm/plugin.hpp> and does not need this file. A plugin in
 * another language exports one data symbol, `atm_plugin_v1`, and fills in the tables of <atm/iface/...>.
 *
 * The rules are numbered in docs/sdk/abi.md. In short: the layout of a value (atm_str, atm_value, atm_attr) never
 * changes. A table begins with `size`, grows only at its end, and is passed by pointer. An argument is borrowed for
 * the duration of the call. A result is passed to a callback, which copies it. Text is UTF-8 with a length and is
 * not terminated.
 *
 * Life cycle of a plugin. The host reads the manifest, loads the library, compares the descriptor with the manifest,
 * calls create, and calls query for each interface that the manifest lists. When all plugins are created, it
 * calls reserve of each transport, then start and restore of the store, then start of each source, then start of each
 * transport. At the end it calls stop of each source that started, then of each transport that started, then of the
 * store, and destroys the instances in reverse order. The main thread makes all of these calls. Before destroy, the
 * host cancels the timers, watches and subscriptions that the plugin left open. If create fails, destroy is not called.
 * If reserve or start fails, stop is not called, but destroy is.
 *
 * Since ABI 1.0. */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A change of the major number breaks plugins; the minor number rises with each addition. */
#define ATM_ABI_MAJOR 1u
#define ATM_ABI_MINOR 4u

/* Version of the observation vocabulary (docs/specs/observations.md); independent of the ABI version. */
#define ATM_VOCABULARY_MAJOR 1u
#define ATM_VOCABULARY_MINOR 3u

/* Name of the one exported symbol, a constant of type atm_plugin. */
#define ATM_PLUGIN_SYMBOL "atm_plugin_v1"

/* ---- status ---------------------------------------------------------------------------------------- */

/* Result of a call. Zero and positive values are success; negative values are failures. The host contains
 * exceptions, so any call may also return E_INTERNAL; a NULL where a pointer is required gives E_INVALID. */
typedef int32_t atm_status;

#define ATM_OK 0               /* done */
#define ATM_SKIP 1             /* success: the input holds nothing for the callee */
#define ATM_E_INVALID (-1)     /* the input is malformed; the same input fails again */
#define ATM_E_BUSY (-2)        /* a bounded queue is full; the same call may succeed later */
#define ATM_E_UNSUPPORTED (-3) /* never possible on this host or machine; do not retry */
#define ATM_E_INTERNAL (-4)    /* the callee failed or threw an exception */
#define ATM_E_NOT_FOUND (-5)   /* no such session, timer, watch or subscription */
#define ATM_E_EXISTS (-6)      /* it exists already */
#define ATM_E_FULL (-7)        /* a configured limit is reached */
#define ATM_E_CLOSED (-8)      /* the callee is stopping or has stopped */
#define ATM_E_TOO_LARGE (-9)   /* longer than a configured limit */
#define ATM_E_PAUSED (-10)     /* the parser of the channel is paused; retry later (1.1) */

/* ---- frozen values --------------------------------------------------------------------------------- */

/* UTF-8 text of `size` bytes, not terminated. {NULL, 0} is the empty text. 16 bytes. */
typedef struct atm_str {
  const char* data;
  uint64_t size;
} atm_str;

/* Kinds of atm_value; each comment names the member of `as` that holds the value. */
#define ATM_VALUE_NONE 0u   /* no value */
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

/* A named value. The key is dotted snake case ("cost.total_usd_micros"). 40 bytes. */
typedef struct atm_attr {
  atm_str key;
  atm_value value;
} atm_attr;

/* A buffer of the caller for the text of a failure. The callee writes at most `capacity` bytes of UTF-8 to `data`
 * and sets `length` to the number of bytes written. Never NULL where a function takes one. */
typedef struct atm_error {
  uint32_t size;     /* sizeof(atm_error) */
  uint32_t capacity; /* bytes available at data */
  uint32_t length;   /* bytes written */
  uint32_t reserved;
  char* data;
} atm_error;

/* ---- records and observations ---------------------------------------------------------------------- */

/* Raw bytes of one channel, as a transport or source received them from an agent, with their context. */
typedef struct atm_record {
  uint32_t size; /* sizeof(atm_record) */
  uint32_t reserved;
  int64_t time_ns; /* Unix time at which the record was made */
  atm_str channel; /* "claude_code/hook" */
  atm_str payload; /* valid UTF-8; at most the host's line limit */
  /* Attributes: pid, start_ticks, pid_ns, tty, tmux.pane, tmux.socket, cwd, host, event, env.NAME, ppids. */
  const atm_attr* context;
  uint64_t context_count;
} atm_record;

/* A typed statement about an agent (docs/specs/observations.md). At most 128 attributes; a name is at most 256 bytes, a
 * key at most 128. A text value longer than 4,096 bytes is cut on a character boundary. */
typedef struct atm_observation {
  uint32_t size; /* sizeof(atm_observation) */
  uint32_t reserved;
  int64_t time_ns; /* Unix time of what it states */
  atm_str type;    /* "tool.started"; a type of one vendor only has a prefix */
  atm_str session; /* the agent's session id, 1 to 256 bytes */
  atm_str agent;   /* "claude_code" */
  atm_str actor;   /* id of the subagent; empty: the main thread */
  atm_str origin;  /* the channel of the record */
  const atm_attr* attrs;
  uint64_t attr_count;
} atm_observation;

/* ---- host and plugin ------------------------------------------------------------------------------- */

/* The services of the host for one plugin, passed to create. Valid until destroy returns. */
typedef struct atm_host {
  uint32_t size; /* sizeof(atm_host) */
  uint32_t abi_major;
  uint32_t abi_minor;
  uint32_t reserved;
  void* self; /* passed as the first argument to `query` and to every function of a host service */

  /* Return the table of a host service ("atm.host.log/1"), or NULL if this host does not have it. The table lives as
   * long as the host.
   * thread: any
   * owner: host
   * errors: NULL for an unknown id */
  const void* (*query)(void* self, atm_str interface_id);
} atm_host;

/* The descriptor that a plugin exports as a constant. It is valid for the life of the process. */
typedef struct atm_plugin {
  uint32_t size; /* sizeof(atm_plugin) */
  uint32_t abi_major;
  uint32_t abi_minor;
  uint32_t vocabulary_major;
  uint32_t vocabulary_minor;
  uint32_t reserved;
  atm_str id;      /* [a-z][a-z0-9_]{0,63}, the same as in the manifest */
  atm_str version; /* semantic version */
  atm_str summary; /* one line that describes the plugin to a user */
  /* JSON Schema (draft 4) of the plugin's configuration table. Empty: the plugin takes no configuration. */
  atm_str config_schema;

  /* Create an instance. `config` is a JSON object that is valid against config_schema; the host does not add
   * defaults.
   * thread: main
   * owner: the plugin owns *instance until destroy
   * errors: E_INVALID (configuration), E_UNSUPPORTED (not on this machine), E_INTERNAL; text in error */
  atm_status (*create)(const atm_host* host, atm_str config, void** instance, atm_error* error);

  /* Destroy an instance. No call on it is running and none follows.
   * thread: main
   * owner: plugin
   * errors: none */
  void (*destroy)(void* instance);

  /* Return the table of an interface of this plugin ("atm.parser/1"), or NULL if the plugin does not provide it.
   * Legal from the return of create to the call of destroy.
   * thread: any
   * owner: plugin; constant while the instance lives
   * errors: NULL for an unknown id */
  const void* (*query)(void* instance, atm_str interface_id);
} atm_plugin;

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* ATM_ABI_H */
