/* SPDX-License-Identifier: MIT */
#include "autostart.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "child.h"
#include "endpoint.h"
#include "file_limit.h"
#include "text.h"

enum { VARIABLES_MAX = 32 };

size_t hook_autostart_read(char* text, size_t size, char* arguments[HOOK_AUTOSTART_ARGUMENTS + 1]) {
  size_t count = 0;
  text[size] = 0;
  if (memchr(text, 0, size) != NULL) return 0;
  for (char* line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
    if (count == HOOK_AUTOSTART_ARGUMENTS) return 0;
    arguments[count++] = line;
  }
  arguments[count] = NULL;
  return count != 0 && arguments[0][0] == '/' ? count : 0;
}

static bool find_file(const hook_environment* environment, hook_text* path) {
  const char* const named = environment->value[HOOK_ENV_ATM_AUTOSTART];
  if (named != NULL && named[0] == '/') {
    hook_put_literal(path, named);
    return true;
  }
  return !hook_endpoint_is_named(environment) && hook_place_in_state(path, environment, "autostart");
}

static int open_own(const char* path, int flags, struct stat* about) {
  const int file = open(path, flags | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file < 0) return -1;
  if (fstat(file, about) == 0 && S_ISREG(about->st_mode) && hook_place_is_own(about)) return file;
  close(file);
  return -1;
}

/* Whether it is our turn: of many hooks at a time one makes the attempt. */
static bool claim_attempt(const char* path) {
  struct stat about;
  const int file = open_own(path, O_RDWR | O_CREAT, &about);
  if (file < 0) return false;
  bool is_ours = flock(file, LOCK_EX | LOCK_NB) == 0 && fstat(file, &about) == 0;
  const time_t ago = time(NULL) - about.st_mtime;
  if (about.st_size != 0 && ago > -HOOK_AUTOSTART_PAUSE_S && ago < HOOK_AUTOSTART_PAUSE_S) is_ours = false;
  if (is_ours) is_ours = pwrite(file, ".", 1, 0) == 1;
  close(file);
  return is_ours;
}

/* An agent's secrets stand in its environment: a daemon is started with what a login gives. */
static void keep_variables(char* const* from, char* to[VARIABLES_MAX + 1]) {
  static const char* const kept[] = {"HOME=",
                                     "PATH=",
                                     "USER=",
                                     "LOGNAME=",
                                     "SHELL=",
                                     "LANG=",
                                     "LC_",
                                     "TZ=",
                                     "TMPDIR=",
                                     "XDG_",
                                     "DBUS_SESSION_BUS_ADDRESS="};
  size_t count = 0;
  for (; *from != NULL && count < VARIABLES_MAX; ++from)
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; ++i)
      if (strncmp(*from, kept[i], strlen(kept[i])) == 0) to[count++] = *from;
  to[count] = NULL;
}

static void run_daemon(const void* argument) {
  char* const* const arguments = argument;
  static char* variables[VARIABLES_MAX + 1];
  keep_variables(environ, variables);
  hook_file_limit_restore();
  setsid();
  if (chdir("/") == 0) execve(arguments[0], arguments, variables);
}

void hook_autostart(const hook_environment* environment) {
  static char path[HOOK_FILE_MAX];
  static char content[HOOK_AUTOSTART_BYTES + 1];
  static char* arguments[HOOK_AUTOSTART_ARGUMENTS + 1];
  hook_text name = {path, 0, sizeof path - sizeof ".tried", false};
  if (!find_file(environment, &name) || name.overflow) return;
  path[name.size] = 0;
  struct stat about;
  const int file = open_own(path, O_RDONLY, &about);
  if (file < 0) return;
  const ssize_t size = read(file, content, HOOK_AUTOSTART_BYTES);
  close(file);
  if (size <= 0 || size != about.st_size) return;
  if (hook_autostart_read(content, (size_t)size, arguments) == 0) return;
  memcpy(path + name.size, ".tried", sizeof ".tried");
  if (claim_attempt(path)) hook_child_start(-1, -1, run_daemon, arguments);
}
