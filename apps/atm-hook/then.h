/* SPDX-License-Identifier: MIT */
#ifndef ATM_HOOK_THEN_H
#define ATM_HOOK_THEN_H

/* The command whose place the hook took: it becomes that command, with the input as if it had got it itself.
 * See docs/decisions/0013-status-line-by-exec.md. */

#include "input.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Standard input, output and error are open from here on. To be called before anything is opened. */
void hook_then_prepare(void);

/* Becomes `/bin/sh -c COMMAND` with the input kept, and with what may still come behind it, on standard
 * input. If `input` keeps nothing, standard input is as it is. Safe in a signal handler once the input is
 * settled. */
__attribute__((noreturn)) void hook_then_become(const char* command, const hook_input* input);

#ifdef __cplusplus
}
#endif

#endif
