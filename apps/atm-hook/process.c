/* SPDX-License-Identifier: MIT */
#include "process.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "text.h"

/* Fields of stat after the name, numbered as in proc(5). */
enum { FIELD_STATE = 3, FIELD_PARENT = 4, FIELD_TTY = 7, FIELD_START = 22 };

static const char* find_last(const char* bytes, size_t size, char c) {
  while (size > 0)
    if (bytes[--size] == c) return bytes + size;
  return NULL;
}

/* Skips blanks and parses digits; null if there are none. A minus sign, which the kernel prints in some fields, gives
 * 0. */
static const char* read_field(const char* at, const char* end, uint64_t* value) {
  while (at < end && *at == ' ') ++at;
  const bool is_negative = at < end && *at == '-';
  if (is_negative) ++at;
  const char* const digits = at;
  uint64_t read = 0;
  for (; at < end && *at >= '0' && *at <= '9'; ++at) read = read * 10 + (uint64_t)(*at - '0');
  *value = is_negative ? 0 : read;
  return at == digits ? NULL : at;
}

bool hook_process_parse(const char* stat, size_t size, hook_process* process) {
  if (size == 0) return false;
  const char* const end = stat + size;
  const char* const open = memchr(stat, '(', size);
  const char* const close = find_last(stat, size, ')');
  uint64_t value;
  if (open == NULL || close == NULL || close < open || read_field(stat, open, &value) == NULL) return false;
  process->pid = (int32_t)value;
  process->comm_size = (size_t)(close - open - 1);
  if (process->comm_size > HOOK_COMM_MAX) process->comm_size = HOOK_COMM_MAX;
  memcpy(process->comm, open + 1, process->comm_size);
  if (end - close < 3) return false;
  const char* at = close + 3; /* ") S" */
  for (int field = FIELD_STATE + 1; field <= FIELD_START; ++field) {
    at = read_field(at, end, &value);
    if (at == NULL) return false;
    if (field == FIELD_PARENT) process->parent = (int32_t)value;
    if (field == FIELD_TTY) process->tty = (uint32_t)value;
    if (field == FIELD_START) process->start_ticks = value;
  }
  return true;
}

static bool read_process(int32_t pid, hook_process* process) {
  char path[32];
  hook_text text = {path, 0, sizeof path, false};
  hook_put_literal(&text, "/proc/");
  hook_put_number(&text, (uint64_t)pid);
  hook_put(&text, "/stat", sizeof "/stat");
  char stat[1024];
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  const ssize_t size = read(file, stat, sizeof stat);
  close(file);
  return size > 0 && hook_process_parse(stat, (size_t)size, process) && process->pid == pid;
}

size_t hook_process_chain(int32_t pid, hook_process chain[HOOK_CHAIN_MAX]) {
  size_t count = 0;
  while (count < HOOK_CHAIN_MAX && pid > 0 && read_process(pid, &chain[count])) pid = chain[count++].parent;
  return count;
}

uint64_t hook_process_namespace(void) {
  struct stat status;
  return stat("/proc/self/ns/pid", &status) == 0 ? (uint64_t)status.st_ino : 0;
}

static bool is_called(const hook_process* process, const char* name) {
  return process->comm_size == strlen(name) && memcmp(process->comm, name, process->comm_size) == 0;
}

static bool is_wrapper(const hook_process* process) {
  static const char* const wrappers[] = {"sh",  "bash", "dash",    "zsh", "fish",
                                         "ksh", "env",  "timeout", "nice"};
  for (size_t i = 0; i < sizeof wrappers / sizeof wrappers[0]; ++i)
    if (is_called(process, wrappers[i])) return true;
  return false;
}

const hook_process* hook_process_client(const hook_process* chain, size_t count, const char* agent,
                                        const char* claude_pid) {
  /* Another agent below a claude inherits CLAUDE_PID, and that process is in its chain: ignore it there. */
  if (strcmp(agent, "claude_code") == 0) {
    uint64_t pid = 0;
    if (claude_pid != NULL && read_field(claude_pid, claude_pid + strlen(claude_pid), &pid) == NULL) pid = 0;
    for (size_t i = 0; i < count; ++i)
      if (pid != 0 && (uint64_t)chain[i].pid == pid) return &chain[i];
    for (size_t i = 0; i < count; ++i)
      if (is_called(&chain[i], "claude") || is_called(&chain[i], "node")) return &chain[i];
  }
  for (size_t i = 0; i < count; ++i)
    if (!is_wrapper(&chain[i])) return &chain[i];
  return count == 0 ? NULL : &chain[0];
}

void hook_process_tty(uint32_t tty, char path[24]) {
  const uint32_t major = tty >> 8 & 0xFFF;
  const uint32_t minor = (tty & 0xFF) | (tty >> 12 & 0xFFF00);
  hook_text text = {path, 0, 23, false};
  if (major >= 136 && major <= 143) {
    hook_put_literal(&text, "/dev/pts/");
    hook_put_number(&text, (major - 136) * 256 + minor);
  } else if (major == 4) {
    hook_put_literal(&text, minor < 64 ? "/dev/tty" : "/dev/ttyS");
    hook_put_number(&text, minor < 64 ? minor : minor - 64);
  }
  path[text.size] = 0;
}
