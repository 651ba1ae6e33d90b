/* SPDX-License-Identifier: MIT */
/* For LD_PRELOAD: faults of the disk that holds history.db. Each write, truncation, sync and lock of that file and of its
 * log is a call.
 *   ATM_TEST_DISK_KILL=N   the call with this number kills the process
 *   ATM_TEST_DISK_COUNT=F  at its end, the process writes the number of calls to the file F
 *   ATM_TEST_DISK_HANG=F   a call waits while another process locks the file F (flock); it creates F.waiting first
 *   ATM_TEST_DISK_FULL=F   a write stores half of its bytes and fails with ENOSPC while the file F exists */
#define _GNU_SOURCE /* NOLINT(bugprone-reserved-identifier) */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define VISIBLE __attribute__((visibility("default")))

static atomic_long calls;

static void* next(const char* name) {
  return dlsym(RTLD_NEXT, name);
}

static int is_history(int fd) {
  char link[64];
  char path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t size = readlink(link, path, sizeof path - 1);
  if (size < 0) return 0;
  path[size] = '\0';
  return strstr(path, "/history.db") != NULL;
}

/* Before each call. */
static void pass(int fd) {
  if (!is_history(fd)) return;
  const int before = errno;
  const char* const fatal = getenv("ATM_TEST_DISK_KILL");
  const long number = atomic_fetch_add(&calls, 1) + 1;
  if (fatal != NULL && number == strtol(fatal, NULL, 10)) kill(getpid(), SIGKILL);
  const char* const hanging = getenv("ATM_TEST_DISK_HANG");
  const int locked = hanging == NULL ? -1 : open(hanging, O_RDONLY | O_CLOEXEC);
  if (locked >= 0) {
    if (flock(locked, LOCK_SH | LOCK_NB) != 0) {
      char name[PATH_MAX];
      snprintf(name, sizeof name, "%s.waiting", hanging);
      close(open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
      while (flock(locked, LOCK_SH) != 0 && errno == EINTR) {
      }
    }
    close(locked);
  }
  errno = before;
}

/* Whether the disk has no room for a write to `fd`. */
static int is_full(int fd) {
  const char* const full = getenv("ATM_TEST_DISK_FULL");
  return full != NULL && is_history(fd) && access(full, F_OK) == 0;
}

__attribute__((destructor)) static void report(void) {
  const char* const name = getenv("ATM_TEST_DISK_COUNT");
  FILE* const file = name == NULL ? NULL : fopen(name, "w");
  if (file == NULL) return;
  fprintf(file, "%ld\n", atomic_load(&calls));
  fclose(file);
}

typedef ssize_t (*write_at_function)(int, const void*, size_t, off_t);
typedef int (*truncate_function)(int, off_t);
typedef int (*sync_function)(int);
typedef int (*control_function)(int, int, void*);

static ssize_t write_at(write_at_function real, int fd, const void* data, size_t size, off_t at) {
  pass(fd);
  if (!is_full(fd)) return real(fd, data, size, at);
  (void)real(fd, data, size / 2, at);
  errno = ENOSPC;
  return -1;
}

VISIBLE ssize_t pwrite(int fd, const void* data, size_t size, off_t at) {
  write_at_function real = NULL;
  *(void**)&real = next("pwrite");
  return write_at(real, fd, data, size, at);
}

VISIBLE ssize_t pwrite64(int fd, const void* data, size_t size, off_t at) {
  write_at_function real = NULL;
  *(void**)&real = next("pwrite64");
  return write_at(real, fd, data, size, at);
}

VISIBLE int ftruncate(int fd, off_t size) {
  truncate_function real = NULL;
  *(void**)&real = next("ftruncate");
  pass(fd);
  return real(fd, size);
}

VISIBLE int ftruncate64(int fd, off_t size) {
  truncate_function real = NULL;
  *(void**)&real = next("ftruncate64");
  pass(fd);
  return real(fd, size);
}

VISIBLE int fdatasync(int fd) {
  sync_function real = NULL;
  *(void**)&real = next("fdatasync");
  pass(fd);
  return real(fd);
}

VISIBLE int fsync(int fd) {
  sync_function real = NULL;
  *(void**)&real = next("fsync");
  pass(fd);
  return real(fd);
}

static int control(const char* name, int fd, int command, void* argument) {
  control_function real = NULL;
  *(void**)&real = next(name);
  if (command == F_SETLK || command == F_SETLKW) pass(fd);
  return real(fd, command, argument);
}

VISIBLE int fcntl(int fd, int command, ...) {
  va_list list;
  va_start(list, command);
  void* const argument = va_arg(list, void*);
  va_end(list);
  return control("fcntl", fd, command, argument);
}

VISIBLE int fcntl64(int fd, int command, ...) {
  va_list list;
  va_start(list, command);
  void* const argument = va_arg(list, void*);
  va_end(list);
  return control("fcntl64", fd, command, argument);
}
