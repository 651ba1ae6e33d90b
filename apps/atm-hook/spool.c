/* SPDX-License-Identifier: MIT */
#include "spool.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "endpoint.h"
#include "text.h"

bool hook_spool_path(const hook_environment* environment, char path[HOOK_FILE_MAX], unsigned* parents) {
  const char* const* const value = environment->value;
  const char* const state = value[HOOK_ENV_XDG_STATE_HOME];
  hook_text out = {path, 0, HOOK_FILE_MAX - 1, false};
  bool is_there = true;
  if (hook_endpoint_is_named(environment)) {
    char socket[HOOK_PATH_MAX]; /* where no socket can be, no daemon looks for a spool */
    *parents = 1;               /* the directory of the socket */
    is_there = hook_endpoint_path(environment, 0, 0, socket);
    if (is_there) hook_put_literal(&out, socket);
    hook_put_literal(&out, ".spool");
  } else {
    *parents =
        state != NULL && state[0] == '/' ? 2 : 3; /* atm and the state directory, or atm/.local/state */
    is_there = hook_place_in_state(&out, environment, "spool");
  }
  path[out.size] = 0;
  return is_there && !out.overflow;
}

uint64_t hook_spool_limit(const hook_environment* environment) {
  const char* const text = environment->value[HOOK_ENV_ATM_SPOOL_MAX];
  uint64_t limit = 0;
  const char* at = text;
  for (; at != NULL && *at >= '0' && *at <= '9' && at - text < 18; ++at)
    limit = limit * 10 + (uint64_t)(*at - '0');
  return at == text || *at != 0 ? HOOK_SPOOL_MAX : limit;
}

/* A daemon that holds the lock is removing the file, so the file is gone in a moment. */
static bool lock_shared(int file) {
  for (unsigned i = 0; i < HOOK_SPOOL_LOCKINGS; ++i) {
    if (flock(file, LOCK_SH | LOCK_NB) == 0) return true;
    if (errno != EWOULDBLOCK && errno != EINTR) return false;
    const struct timespec pause = {0, HOOK_SPOOL_PAUSE_US * 1000};
    nanosleep(&pause, NULL);
  }
  return false;
}

static bool is_still_named(int directory, const char* name, const struct stat* about) {
  struct stat named;
  return fstatat(directory, name, &named, AT_SYMLINK_NOFOLLOW) == 0 && named.st_ino == about->st_ino &&
         named.st_dev == about->st_dev;
}

/* Opens `name` in the directory and locks it, so that no reader has seen its end. */
static int open_locked(int directory, const char* name, struct stat* about) {
  for (unsigned i = 0; i < HOOK_SPOOL_OPENINGS; ++i) {
    const int flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    const int file = openat(directory, name, flags, 0600);
    if (file < 0) return -1;
    const bool is_locked = lock_shared(file);
    if (fstat(file, about) != 0 || !S_ISREG(about->st_mode) || !hook_place_is_own(about)) {
      close(file);
      return -1;
    }
    if (is_locked && is_still_named(directory, name, about)) return file;
    close(file);
  }
  return -1;
}

static ssize_t append(int file, const char* bytes, size_t count) {
  const ssize_t written = write(file, bytes, count);
  close(file);
  return written;
}

static hook_spooled drop(int directory) {
  struct stat about;
  const int file = open_locked(directory, "dropped", &about);
  return file >= 0 && append(file, ".", 1) == 1 ? HOOK_SPOOL_DROPPED : HOOK_SPOOL_REFUSED;
}

static bool has_room(const struct stat* about, uint64_t limit, size_t size) {
  return size <= limit && (uint64_t)about->st_size <= limit - size;
}

static bool is_stale(const struct stat* about) {
  return time(NULL) - about->st_mtime > HOOK_SPOOL_STALE_S;
}

/* Empties a full file whose records a daemon would ignore, and locks out other writers until it is closed. The name is
 * checked last: a daemon that renamed the file earlier may have read beyond its new end, and one that renames it later
 * reads the appended records. */
static bool empty_stale(int directory, int file, uint64_t limit, size_t size, struct stat* about) {
  if (size > limit || has_room(about, limit, size) || !is_stale(about)) return false;
  if (flock(file, LOCK_EX | LOCK_NB) != 0 || fstat(file, about) != 0) return false;
  if (has_room(about, limit, size) || !is_stale(about)) return false;
  return ftruncate(file, 0) == 0 && fstat(file, about) == 0 && is_still_named(directory, "records", about);
}

/* The locked records file; -1 if it is unavailable or full. */
static int open_records(int directory, uint64_t limit, hook_record kind, size_t size) {
  const uint64_t share = kind == HOOK_RECORD_STATUS_LINE ? limit / HOOK_SPOOL_LINE_SHARE : limit;
  for (unsigned i = 0; i < 2; ++i) {
    struct stat about;
    const int file = open_locked(directory, "records", &about);
    if (file < 0 || has_room(&about, share, size)) return file;
    const bool is_empty = empty_stale(directory, file, limit, size, &about);
    if (is_empty && has_room(&about, share, size)) return file;
    close(file);
  }
  return -1;
}

static hook_spooled append_record(int directory, uint64_t limit, hook_record kind, const char* record,
                                  size_t size) {
  const int file = open_records(directory, limit, kind, size);
  if (file < 0) return drop(directory);
  const ssize_t written = append(file, record, size);
  if (written == (ssize_t)size) return HOOK_SPOOL_KEPT;
  /* The reader counts an incomplete record itself. */
  return written > 1 ? HOOK_SPOOL_DROPPED : drop(directory);
}

static hook_spooled write_record(const hook_environment* environment, hook_record kind, const char* record,
                                 size_t size) {
  char path[HOOK_FILE_MAX];
  unsigned parents = 0;
  if (!hook_spool_path(environment, path, &parents)) return HOOK_SPOOL_REFUSED;
  /* The directory that contains a named socket may lie in a directory of another user. */
  const unsigned levels = hook_endpoint_is_named(environment) ? 1 : parents + 1;
  if (!hook_place_is_among_ours(path, levels)) return HOOK_SPOOL_REFUSED;
  int directory = hook_place_open(path);
  if (directory < 0 && errno == ENOENT && hook_place_is_among_ours(path, parents + 1)) {
    hook_place_make(path, parents);
    directory = hook_place_open(path);
  }
  if (directory < 0) return HOOK_SPOOL_REFUSED;
  const hook_spooled result = append_record(directory, hook_spool_limit(environment), kind, record, size);
  close(directory);
  return result;
}

bool hook_spool_losses(const hook_environment* environment, unsigned user, unsigned index,
                       char path[HOOK_FILE_MAX]) {
  const char* const runtime = environment->value[HOOK_ENV_XDG_RUNTIME_DIR];
  hook_text out = {path, 0, HOOK_FILE_MAX - 1, false};
  bool is_there = index < HOOK_SPOOL_LOSSES;
  if (hook_endpoint_is_named(environment)) {
    is_there = index == 0;
    hook_put_literal(&out, environment->value[HOOK_ENV_ATM_SOCKET]);
  } else if (index == 0) {
    is_there = runtime != NULL && runtime[0] == '/';
    if (is_there) hook_put_literal(&out, runtime);
    hook_put_literal(&out, "/atm");
  } else {
    hook_put_literal(&out, index == 1 ? "/run/user/" : "/tmp/atm-");
    hook_put_number(&out, user);
    if (index == 1) hook_put_literal(&out, "/atm");
  }
  hook_put_literal(&out, ".lost");
  path[out.size] = 0;
  return is_there && !out.overflow;
}

static bool count_loss_in(const char* path) {
  const int flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
  struct stat about;
  const int file = open(path, flags, 0600);
  if (file < 0) return false;
  if (fstat(file, &about) == 0 && S_ISREG(about.st_mode) && hook_place_is_own(&about))
    return append(file, ".", 1) == 1;
  close(file);
  return false;
}

static void count_loss(const hook_environment* environment) {
  for (unsigned i = 0; i < HOOK_SPOOL_LOSSES; ++i) {
    char path[HOOK_FILE_MAX];
    if (!hook_spool_losses(environment, geteuid(), i, path)) continue;
    if (hook_place_is_among_ours(path, 1) && count_loss_in(path)) return;
  }
}

hook_spooled hook_spool_write(const hook_environment* environment, hook_record kind, const char* record,
                              size_t size) {
  const hook_spooled result = write_record(environment, kind, record, size);
  if (result == HOOK_SPOOL_REFUSED) count_loss(environment);
  return result;
}
