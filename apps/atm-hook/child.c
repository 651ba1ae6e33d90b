/* SPDX-License-Identifier: MIT */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DESCRIPTORS_MAX = 1024 }; /* closed one by one where the system cannot close them all */

static void close_others(void) {
#ifdef SYS_close_range
  if (syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, 0U) == 0) return;
#endif
  for (int file = STDERR_FILENO + 1; file < DESCRIPTORS_MAX; ++file) close(file);
}

bool hook_child_silence(int file) {
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null == file) return fcntl(null, F_SETFD, 0) == 0;
  const bool is_done = null >= 0 && dup2(null, file) == file;
  if (null >= 0) close(null);
  return is_done;
}

static bool set_up(int input, int output) {
  const bool has_output = output < 0 ? hook_child_silence(STDOUT_FILENO) : dup2(output, STDOUT_FILENO) >= 0;
  const bool has_input = input < 0 ? hook_child_silence(STDIN_FILENO) : dup2(input, STDIN_FILENO) >= 0;
  const bool has_error = hook_child_silence(STDERR_FILENO);
  close_others();
  return has_input && has_output && has_error;
}

bool hook_child_start(int input, int output, void (*work)(const void* argument), const void* argument) {
  const pid_t child = fork();
  if (child < 0) return false;
  if (child == 0) {
    const pid_t grandchild = fork();
    if (grandchild == 0 && set_up(input, output)) work(argument);
    _exit(grandchild < 0 ? 1 : 0);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return false;
  return status == 0;
}
