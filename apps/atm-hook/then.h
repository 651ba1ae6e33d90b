/* SPDX-License-Identifier: MIT */
#ifndef ATM_HOOK_THEN_H
#define ATM_HOOK_THEN_H

/* Executes the command that the hook replaced, with the input it would have received. See docs/decisions/0013-status-
 * line-by-exec.md. */

#include "input.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Opens standard input, output and error if they are closed. Call it before anything else is opened. */
void hook_then_prepare(void);

/* Executes `/bin/sh -c COMMAND` with the kept input and all later input on standard input. If `input` keeps nothing,
 * standard input is unchanged. Safe in a signal handler once the input is settled. */
__attribute__((noreturn)) void hook_then_become(const char* command, const hook_input* input);

#ifdef __cplusplus
}
#endif

#endif
