/* SPDX-License-Identifier: MIT */
#include "then.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

#include "child.h"
#include "file_limit.h"

enum { CHUNK = 64 << 10, NOT_FOUND = 127 };

void hook_then_prepare(void) {
  for (int file = STDIN_FILENO; file <= STDERR_FILENO; ++file)
    if (fcntl(file, F_GETFD) < 0) hook_child_silence(file);
}

static bool write_all(int file, const char* bytes, size_t count) {
  while (count > 0) {
    const ssize_t written = write(file, bytes, count);
    if (written < 0 && errno != EINTR) return false;
    if (written < 0) continue;
    bytes += written;
    count -= (size_t)written;
  }
  return true;
}

/* Returns the read end of a pipe that holds only the input; -1 if the input does not fit. */
static int filled_pipe(const hook_input* input) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return -1;
  const int capacity = fcntl(ends[1], F_GETPIPE_SZ);
  const bool fits = (capacity >= 0 && input->size <= (uint64_t)capacity) ||
                    fcntl(ends[1], F_SETPIPE_SZ, (int)input->size) >= (int)input->size;
  fcntl(ends[1], F_SETFL, O_NONBLOCK);
  const bool is_filled = fits && write_all(ends[1], input->kept, (size_t)input->size);
  close(ends[1]);
  if (is_filled) return ends[0];
  close(ends[0]);
  return -1;
}

static int filled_file(const hook_input* input) {
  const int file = memfd_create("atm-hook", MFD_CLOEXEC);
  if (file >= 0 && write_all(file, input->kept, (size_t)input->size) && lseek(file, 0, SEEK_SET) == 0)
    return file;
  if (file >= 0) close(file);
  return -1;
}

/* Copies the remaining input until the writer ends or the reader closes. */
static void copy_rest(void) {
  static char chunk[CHUNK];
  struct pollfd ends[2] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = STDOUT_FILENO, .events = 0}};
  for (;;) {
    if (poll(ends, 2, -1) < 0 && errno != EINTR) return;
    if ((ends[1].revents & POLLERR) != 0) return;
    if (ends[0].revents == 0) continue;
    const ssize_t size = read(STDIN_FILENO, chunk, sizeof chunk);
    if (size < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (size <= 0 || !write_all(STDOUT_FILENO, chunk, (size_t)size)) return;
  }
}

/* The feeder copies standard input to the pipe that is its standard output. */
static void run_feeder(const void* argument) {
  const hook_input* const input = argument;
  if (write_all(STDOUT_FILENO, input->kept, (size_t)input->size) && !input->has_ended) copy_rest();
}

/* A pipe that another process fills: for input that has not ended or fits nowhere else. */
static int fed_pipe(const hook_input* input) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return -1;
  if (hook_child_start(STDIN_FILENO, ends[1], run_feeder, input)) {
    close(ends[1]);
    return ends[0];
  }
  close(ends[0]);
  close(ends[1]);
  return -1;
}

void hook_then_become(const char* command, const hook_input* input) {
  if (input->kept != NULL) {
    int source = -1;
    if (input->has_ended) source = filled_pipe(input);
    if (input->has_ended && source < 0) source = filled_file(input);
    if (source < 0) source = fed_pipe(input);
    if (source < 0) source = filled_pipe(input); /* what is there, where nothing can be started */
    if (source >= 0) dup2(source, STDIN_FILENO);
  }
  char shell[] = "/bin/sh"; /* also its name: error messages begin with it */
  char option[] = "-c";
  char* const arguments[] = {shell, option, (char*)command, NULL};
  hook_file_limit_restore();
  execve(shell, arguments, environ);
  _exit(NOT_FOUND);
}
