/* SPDX-License-Identifier: MIT */
#ifndef ATM_HOOK_FILE_LIMIT_H
#define ATM_HOOK_FILE_LIMIT_H

/* Without this, a write beyond the file size limit (ulimit -f) ends the hook by a signal. */

#ifdef __cplusplus
extern "C" {
#endif

/* Makes a write beyond the limit fail with EFBIG. */
void hook_file_limit_ignore(void);

/* Restores the signal action before the hook executes another program. Safe in a signal handler. No effect if the
 * signal was not ignored. */
void hook_file_limit_restore(void);

#ifdef __cplusplus
}
#endif

#endif
