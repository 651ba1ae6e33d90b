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

/* Connects to the first candidate where a process of our own user listens, without waiting; the descriptor,
 * or -1. A daemon whose backlog is full is not waited for. */
int hook_endpoint_connect(const hook_environment* environment);

/* Sends everything, waiting if need be: until the deadline ends the process, or the peer is gone. */
void hook_endpoint_send(int connection, const char* bytes, size_t count);

#ifdef __cplusplus
}
#endif

#endif
