/* SPDX-License-Identifier: MIT */
#ifndef ATM_HOOK_MESSAGE_H
#define ATM_HOOK_MESSAGE_H

/* Builds the message to the daemon: a hello line and an ingest line of protocol 1. */

#include "environment.h"
#include "process.h"
#include "scan.h"
#include "text.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
  HOOK_LINE_MAX = 1 << 20, /* bytes of a line with its newline, by the protocol */
  HOOK_MESSAGE_CAPACITY = HOOK_LINE_MAX + 256,
};

/* The context that the hook adds to the payload. Null and empty text is left out. */
typedef struct hook_context {
  uint64_t time_ns;
  const char* event;
  const char* cwd;
  const char* host;
  uint64_t pid_namespace; /* of the pids of client and chain; 0 is left out */
  const hook_process* client;
  const hook_process* chain;
  size_t chain_count;
  const hook_environment* environment;
} hook_context;

/* Writes everything before the payload; the scanner appends the payload to the same buffer. `agent` is a
 * hook_is_agent; `kind` is the second part of the channel. */
void hook_message_start(hook_text* out, const char* agent, const char* kind);

/* Writes a payload that is not JSON: its beginning as a JSON string. Returns true if it was cut. */
bool hook_message_put_text(hook_text* out, const char* bytes, size_t count);

/* Writes the rest. `cut_bytes`: the size of a payload that hook_message_put_text cut, else 0. If out->overflow is set
 * afterwards, the message must not be sent; the limits leave room for every part. */
void hook_message_finish(hook_text* out, const hook_context* context, const hook_scan* scan,
                         uint64_t cut_bytes);

/* 1 to 64 letters, digits, dots, hyphens and underscores. */
bool hook_is_agent(const char* name);

#ifdef __cplusplus
}
#endif

#endif
