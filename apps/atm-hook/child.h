/* SPDX-License-Identifier: MIT */
#ifndef ATM_HOOK_CHILD_H
#define ATM_HOOK_CHILD_H

/* Processes that outlive the hook and that nobody waits for. */

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Runs `work` in a process that is no child of ours, with `input` and `output` (-1: /dev/null) as standard
 * input and output, /dev/null as standard error and no other descriptor. False if there can be none. Safe in
 * a signal handler if `work` is. */
bool hook_child_start(int input, int output, void (*work)(const void* argument), const void* argument);

/* Opens /dev/null as descriptor `file`, in the place of what that was. */
bool hook_child_silence(int file);

#ifdef __cplusplus
}
#endif

#endif
