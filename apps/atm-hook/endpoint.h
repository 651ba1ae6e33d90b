/* SPDX-License-Identifier: MIT */
#ifndef ATM_HOOK_ENDPOINT_H
#define ATM_HOOK_ENDPOINT_H

/* Finds the socket of the daemon and sends a message. */

#include <stdbool.h>
#include <stddef.h>

#include "environment.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Writes the path of candidate `index` into `path`, with a final NUL. Returns false if the candidate does not exist or
 * is no valid socket path. Candidates 0 to HOOK_CANDIDATES - 1 are in the order to try: ATM_SOCKET alone if it is set;
 * else the runtime directory of the environment, that of the system, and the user's state directory. */
enum { HOOK_CANDIDATES = 4, HOOK_PATH_MAX = 108 };
bool hook_endpoint_path(const hook_environment* environment, unsigned user, unsigned index,
                        char path[HOOK_PATH_MAX]);

/* ATM_SOCKET names the socket and thereby the location of the daemon's files. */
bool hook_endpoint_is_named(const hook_environment* environment);

enum {
  HOOK_NOBODY = -1,  /* no process of our own user listens */
  HOOK_BUSY = -2,    /* one does, but its backlog is full */
  HOOK_STALL_MS = 3, /* a peer that takes nothing for so long is stopped */
  HOOK_SEND_MS = 10, /* and one that takes longer than this is too slow */
};

/* Connects, without waiting, to the first candidate where a process of this user listens. Returns the descriptor,
 * HOOK_NOBODY or HOOK_BUSY. */
int hook_endpoint_connect(const hook_environment* environment);

/* Sends a message that ends with a newline. Returns false if the peer is gone, or stopped or slow with an incomplete
 * message. The final newline is optional: the close that follows ends the line as well. */
bool hook_endpoint_send(int connection, const char* bytes, size_t count);

#ifdef __cplusplus
}
#endif

#endif
