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

enum { VARIABLES_MAX = 32, ATTEMPTS_BYTES = 256 };

static const char started_by[] = "ATM_AUTOSTARTED=";

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

/* *levels: the number of directories above the file that must be owned by this user. */
static bool find_file(const hook_environment* environment, hook_text* path, unsigned* levels) {
  const char* const named = environment->value[HOOK_ENV_ATM_AUTOSTART];
  const char* const state = environment->value[HOOK_ENV_XDG_STATE_HOME];
  *levels = 1;
  if (named != NULL && named[0] == '/') {
    hook_put_literal(path, named);
    return true;
  }
  *levels = state != NULL && state[0] == '/'
                ? 2
                : 4; /* atm and the state directory, or atm/.local/state and HOME */
  return !hook_endpoint_is_named(environment) && hook_place_in_state(path, environment, "autostart");
}

static int open_own(const char* path, int flags, struct stat* about) {
  const int file = open(path, flags | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file < 0) return -1;
  if (fstat(file, about) == 0 && S_ISREG(about->st_mode) && hook_place_is_own(about)) return file;
  close(file);
  return -1;
}

/* The content of the attempts file. Its modification time is that of the newest attempt. It holds the times at which
 * ready daemons died, as seconds since 1970, and a line "ready" from a ready daemon. */
typedef struct attempts {
  uint64_t deaths[HOOK_AUTOSTART_DEATHS];
  unsigned death_count;
  bool is_ready;
} attempts;

static bool is_recent(uint64_t then, uint64_t now) {
  const uint64_t between = then < now ? now - then : then - now;
  return between < HOOK_AUTOSTART_PAUSE_S;
}

static void read_attempts(int file, attempts* to) {
  char text[ATTEMPTS_BYTES + 1];
  const ssize_t size = pread(file, text, ATTEMPTS_BYTES, 0);
  memset(to, 0, sizeof *to);
  text[size < 0 ? 0 : size] = 0;
  for (const char* line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
    if (strcmp(line, "ready") == 0) to->is_ready = true;
    uint64_t second = 0;
    for (; *line >= '0' && *line <= '9'; ++line) second = second * 10 + (uint64_t)(*line - '0');
    if (second != 0 && to->death_count < HOOK_AUTOSTART_DEATHS) to->deaths[to->death_count++] = second;
  }
}

/* Adds a death and drops the old ones. */
static void add_death(attempts* to, uint64_t now) {
  unsigned count = 0;
  for (unsigned i = 0; i < to->death_count; ++i)
    if (is_recent(to->deaths[i], now)) to->deaths[count++] = to->deaths[i];
  if (count < HOOK_AUTOSTART_DEATHS) to->deaths[count++] = now;
  to->death_count = count;
}

static bool write_attempts(int file, const attempts* from) {
  char text[ATTEMPTS_BYTES];
  hook_text out = {text, 0, sizeof text, false};
  hook_put_literal(&out, ".\n");
  for (unsigned i = 0; i < from->death_count; ++i) {
    hook_put_number(&out, from->deaths[i]);
    hook_put_char(&out, '\n');
  }
  return ftruncate(file, 0) == 0 && pwrite(file, text, out.size, 0) == (ssize_t)out.size;
}

static bool is_served(const hook_environment* environment) {
  const int connection = hook_endpoint_connect(environment);
  if (connection >= 0) close(connection);
  return connection != HOOK_NOBODY;
}

/* Returns true if the hook must start a daemon now. The caller holds the lock of the file. */
static bool note_attempt(const hook_environment* environment, int file, const struct stat* about) {
  const uint64_t now = (uint64_t)time(NULL);
  attempts known;
  read_attempts(file, &known);
  if (!known.is_ready) {
    if (about->st_size != 0 && is_recent((uint64_t)about->st_mtime, now)) return false;
    known.death_count = 0;
    return write_attempts(file, &known);
  }
  /* The daemon may have become ready after this hook tried to connect. */
  if (is_served(environment)) return false;
  add_death(&known, now);
  if (known.death_count < HOOK_AUTOSTART_DEATHS) return write_attempts(file, &known);
  known.death_count = 0; /* the pause begins */
  write_attempts(file, &known);
  return false;
}

/* Returns true if this hook makes the attempt. Of several concurrent hooks only one does. */
static bool claim_attempt(const hook_environment* environment, const char* path) {
  struct stat about;
  const int file = open_own(path, O_RDWR | O_CREAT, &about);
  if (file < 0) return false;
  const bool is_locked = flock(file, LOCK_EX | LOCK_NB) == 0 && fstat(file, &about) == 0;
  const bool is_ours = is_locked && note_attempt(environment, file, &about);
  close(file);
  return is_ours;
}

/* The environment of an agent holds secrets, so the daemon gets login variables only. */
static void keep_variables(char* const* from, char* to[VARIABLES_MAX + 1]) {
  /* In order of importance: variables beyond VARIABLES_MAX are left out. */
  static const char* const kept[] = {
      "HOME=", "PATH=", "USER=", "LOGNAME=", "SHELL=", "LANG=", "TZ=", "TMPDIR=", "DBUS_SESSION_BUS_ADDRESS=",
      "XDG_",  "LC_"};
  size_t count = 0;
  for (size_t i = 0; i < sizeof kept / sizeof kept[0]; ++i)
    for (char* const* entry = from; *entry != NULL && count < VARIABLES_MAX; ++entry)
      if (strncmp(*entry, kept[i], strlen(kept[i])) == 0) to[count++] = *entry;
  to[count] = NULL;
}

typedef struct daemon_start {
  char** arguments;
  char* started_by; /* the variable that tells the daemon so */
} daemon_start;

static void run_daemon(const void* argument) {
  const daemon_start* const start = argument;
  static char* variables[VARIABLES_MAX + 2];
  keep_variables(environ, variables);
  size_t count = 0;
  while (variables[count] != NULL) ++count;
  variables[count] = start->started_by;
  hook_file_limit_restore();
  setsid();
  if (chdir("/") == 0) execve(start->arguments[0], start->arguments, variables);
}

void hook_autostart(const hook_environment* environment) {
  static char variable[sizeof started_by + HOOK_FILE_MAX];
  static char content[HOOK_AUTOSTART_BYTES + 1];
  static char* arguments[HOOK_AUTOSTART_ARGUMENTS + 1];
  char* const path = variable + sizeof started_by - 1;
  unsigned levels = 0;
  hook_text name = {path, 0, HOOK_FILE_MAX - sizeof ".tried", false};
  if (!find_file(environment, &name, &levels) || name.overflow) return;
  path[name.size] = 0;
  if (!hook_place_is_among_ours(path, levels)) return;
  struct stat about;
  const int file = open_own(path, O_RDONLY, &about);
  if (file < 0) return;
  const ssize_t size = read(file, content, HOOK_AUTOSTART_BYTES);
  close(file);
  if (size <= 0 || size != about.st_size) return;
  if (hook_autostart_read(content, (size_t)size, arguments) == 0) return;
  memcpy(path + name.size, ".tried", sizeof ".tried");
  memcpy(variable, started_by, sizeof started_by - 1);
  const daemon_start start = {arguments, variable};
  if (claim_attempt(environment, path)) hook_child_start(-1, -1, run_daemon, &start);
}
