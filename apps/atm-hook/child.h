/* SPDX-License-Identifier: MIT */
#ifndef ATM_HOOK_CHILD_H
#define ATM_HOOK_CHILD_H

/* Processes that outlive the hook and are not waited for. */

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Runs `work` in a process that is not a child of the hook. `input` and `output` (-1: /dev/null) become standard input
 * and output, standard error is /dev/null and no other descriptor is open. Returns false if no process can be created.
 * Safe in a signal handler if `work` is. */
bool hook_child_start(int input, int output, void (*work)(const void* argument), const void* argument);

/* Opens /dev/null as descriptor `file` and replaces what was open there. */
bool hook_child_silence(int file);

#ifdef __cplusplus
}
#endif

#endif
