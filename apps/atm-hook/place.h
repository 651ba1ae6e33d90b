/* SPDX-License-Identifier: MIT */
#ifndef ATM_HOOK_PLACE_H
#define ATM_HOOK_PLACE_H

/* Files of ours in the user's directories: where they are, and whether they are the user's alone. */

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "environment.h"
#include "text.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { HOOK_FILE_MAX = 4096 };

/* Puts "STATE/atm/NAME" for ${XDG_STATE_HOME:-$HOME/.local/state}; false if neither is an absolute path. */
bool hook_place_in_state(hook_text* out, const hook_environment* environment, const char* name);

/* Of our user, and no other can write to it. */
bool hook_place_is_own(const struct stat* about);

/* Makes the directory `path` for our user alone, and at most `parents` that are missing above it. `path` is as
 * before when it returns; whether the directory is there is for opening it to say. */
void hook_place_make(char* path, unsigned parents);

/* False if this process is root's and one of the `levels` directories above `path` is another user's: what root makes
 * there, its owner cannot use. `path` is as before when it returns. */
bool hook_place_is_among_ours(char* path, unsigned levels);

/* Opens the directory `path`; -1 if there is none, if it is a symbolic link, or not our user's own. */
int hook_place_open(const char* path);

#ifdef __cplusplus
}
#endif

#endif
