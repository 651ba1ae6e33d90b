/* SPDX-License-Identifier: MIT */
#ifndef ATM_HOOK_PLACE_H
#define ATM_HOOK_PLACE_H

/* Files of ATM in the user's directories: their paths and ownership checks. */

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "environment.h"
#include "text.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { HOOK_FILE_MAX = 4096 };

/* Writes "STATE/atm/NAME" for ${XDG_STATE_HOME:-$HOME/.local/state}; false if neither is an absolute path. */
bool hook_place_in_state(hook_text* out, const hook_environment* environment, const char* name);

/* Returns true if this user owns it and no other user can write to it. */
bool hook_place_is_own(const struct stat* about);

/* Creates the directory `path` for this user alone, and at most `parents` missing ones above it. Restores `path`
 * before it returns. To learn whether the directory exists, open it. */
void hook_place_make(char* path, unsigned parents);

/* Returns false if this process is root's and another user owns one of the `levels` directories above `path`: that
 * user could not use what root creates. Restores `path` before it returns. */
bool hook_place_is_among_ours(char* path, unsigned levels);

/* Opens the directory `path`; -1 if it does not exist, is a symbolic link, or is not owned by this user alone. */
int hook_place_open(const char* path);

#ifdef __cplusplus
}
#endif

#endif
