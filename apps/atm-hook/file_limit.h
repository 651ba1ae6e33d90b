/* SPDX-License-Identifier: MIT */
#ifndef ATM_HOOK_FILE_LIMIT_H
#define ATM_HOOK_FILE_LIMIT_H

/* A limit on the size of files (ulimit -f) makes a write fail; it must not end the hook by its signal. */

#ifdef __cplusplus
extern "C" {
#endif

/* From here on a write beyond the limit fails with EFBIG and nothing else happens. */
void hook_file_limit_ignore(void);

/* The signal is as it was before: for who becomes another program. Safe in a signal handler, and without
 * effect if it was not ignored. */
void hook_file_limit_restore(void);

#ifdef __cplusplus
}
#endif

#endif
