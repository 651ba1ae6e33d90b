/* SPDX-License-Identifier: MIT */
#ifndef ATM_HOOK_AUTOSTART_H
#define ATM_HOOK_AUTOSTART_H

/* Starts the daemon if it does not answer and the user has enabled autostart. */

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

/* Splits the file into lines, in place. The first line is the absolute path of the program, each further line is one
 * argument; empty lines are ignored. `text` has room for a byte at `size`. Returns the number of entries before the
 * null at the end of `arguments`; 0 if the file is invalid. */
size_t hook_autostart_read(char* text, size_t size, char* arguments[HOOK_AUTOSTART_ARGUMENTS + 1]);

/* The file is STATE/atm/autostart or the value of ATM_AUTOSTART; if ATM_SOCKET is set, only the latter. The hook
 * ignores a file that is not owned by this user. "FILE.tried" holds the attempts: the next attempt starts after
 * HOOK_AUTOSTART_PAUSE_S, unless the last daemon wrote there that it was ready. The daemon gets that path in
 * ATM_AUTOSTARTED. */
void hook_autostart(const hook_environment* environment);

#ifdef __cplusplus
}
#endif

#endif
