/* SPDX-License-Identifier: MIT */
#include "place.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static bool put_absolute(hook_text* out, const char* directory) {
  if (directory == NULL || directory[0] != '/') return false;
  hook_put_literal(out, directory);
  return true;
}

bool hook_place_in_state(hook_text* out, const hook_environment* environment, const char* name) {
  if (!put_absolute(out, environment->value[HOOK_ENV_XDG_STATE_HOME])) {
    if (!put_absolute(out, environment->value[HOOK_ENV_HOME])) return false;
    hook_put_literal(out, "/.local/state");
  }
  hook_put_literal(out, "/atm/");
  hook_put_literal(out, name);
  return true;
}

bool hook_place_is_own(const struct stat* about) {
  return about->st_uid == geteuid() && (about->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

void hook_place_make(char* path, unsigned parents) {
  char* const slash = strrchr(path, '/');
  if (mkdir(path, 0700) == 0 || errno != ENOENT || parents == 0 || slash == NULL || slash == path) return;
  *slash = 0;
  hook_place_make(path, parents - 1);
  *slash = '/';
  if (mkdir(path, 0700) != 0) return;
}

bool hook_place_is_among_ours(char* path, unsigned levels) {
  char* const slash = strrchr(path, '/');
  if (geteuid() != 0 || levels == 0 || slash == NULL) return true;
  const bool is_top = slash == path;
  struct stat about;
  *slash = 0;
  const bool is_foreign = stat(is_top ? "/" : path, &about) == 0 && about.st_uid != 0;
  const bool result = !is_foreign && (is_top || hook_place_is_among_ours(path, levels - 1));
  *slash = '/';
  return result;
}

int hook_place_open(const char* path) {
  const int directory = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  struct stat about;
  if (directory < 0 || (fstat(directory, &about) == 0 && hook_place_is_own(&about))) return directory;
  close(directory);
  return -1;
}
