/* SPDX-License-Identifier: MIT */
#ifndef ATM_HOOK_AUTOSTART_H
#define ATM_HOOK_AUTOSTART_H

/* Starting the daemon where the user wants that, and it does not answer. */

#include <stdbool.h>
#include <stddef.h>

#include "environment.h"
#include "place.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
  HOOK_AUTOSTART_PAUSE_S = 60,   /* after an attempt whose daemon was not ready, and after too many deaths */
  HOOK_AUTOSTART_DEATHS = 3,     /* within that time, of daemons that had been ready: too many */
  HOOK_AUTOSTART_BYTES = 4096,   /* of the file */
  HOOK_AUTOSTART_ARGUMENTS = 32, /* the program and its arguments */
};

/* Takes the file's lines apart, in place: the first is the program, an absolute path, each other an argument;
 * empty ones count for nothing. `text` has room for a byte at `size`. The number of entries before the null
 * at the end of `arguments`; 0 if that is not what the file says. */
size_t hook_autostart_read(char* text, size_t size, char* arguments[HOOK_AUTOSTART_ARGUMENTS + 1]);

/* The file is STATE/atm/autostart, or what ATM_AUTOSTART names; with ATM_SOCKET it is the latter only. Starts
 * nothing unless the file is our user's own. "FILE.tried" holds the attempts: the next one waits for
 * HOOK_AUTOSTART_PAUSE_S, unless the daemon of the last one was ready, which that daemon writes there. The daemon
 * finds the path in ATM_AUTOSTARTED. */
void hook_autostart(const hook_environment* environment);

#ifdef __cplusplus
}
#endif

#endif
