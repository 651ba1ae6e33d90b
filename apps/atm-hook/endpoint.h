/* SPDX-License-Identifier: MIT */
#ifndef ATM_HOOK_ENDPOINT_H
#define ATM_HOOK_ENDPOINT_H

/* The daemon's socket: where it may be, and a message to it. */

#include <stdbool.h>
#include <stddef.h>

#include "environment.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Writes the path of candidate `index` into `path`, ending with NUL; false if there is no such candidate, or
 * it cannot be a socket's path. Candidates 0 to HOOK_CANDIDATES - 1, in the order they are to be tried:
 * ATM_SOCKET alone if it is set; else the runtime directory as the environment and as the system names it,
 * and the user's state directory. */
enum { HOOK_CANDIDATES = 4, HOOK_PATH_MAX = 108 };
bool hook_endpoint_path(const hook_environment* environment, unsigned user, unsigned index,
                        char path[HOOK_PATH_MAX]);

/* ATM_SOCKET names the socket, and with it where a daemon of the user keeps its files. */
bool hook_endpoint_is_named(const hook_environment* environment);

enum {
  HOOK_NOBODY = -1,  /* no process of our own user listens */
  HOOK_BUSY = -2,    /* one does, but its backlog is full */
  HOOK_STALL_MS = 3, /* a peer that takes nothing for so long is stopped */
  HOOK_SEND_MS = 10, /* and one that takes longer than this is too slow */
};

/* Connects to the first candidate where a process of our own user listens, without waiting; the descriptor,
 * or HOOK_NOBODY or HOOK_BUSY. */
int hook_endpoint_connect(const hook_environment* environment);

/* Sends a message that ends with a newline; false if the peer is gone, or stopped or too slow with a part of
 * it at most. All but the newline is the message: the close that follows ends its line as well. */
bool hook_endpoint_send(int connection, const char* bytes, size_t count);

#ifdef __cplusplus
}
#endif

#endif
