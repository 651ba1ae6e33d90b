/* SPDX-License-Identifier: MIT */
#ifndef ATM_HOOK_PROCESS_H
#define ATM_HOOK_PROCESS_H

/* Reads the ancestors of the hook and finds the agent process among them. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
  HOOK_CHAIN_MAX = 16,
  HOOK_COMM_MAX = 64, /* bytes; the kernel keeps 15 of a user's process */
};

typedef struct hook_process {
  int32_t pid;
  int32_t parent;
  uint32_t tty;         /* device number as /proc gives it; 0 is no terminal */
  uint64_t start_ticks; /* since boot; with the pid it names the process for good */
  size_t comm_size;
  char comm[HOOK_COMM_MAX]; /* any bytes, without an end mark */
} hook_process;

/* Parses a line of /proc/PID/stat; the name in it may contain any bytes. */
bool hook_process_parse(const char* stat, size_t size, hook_process* process);

/* Reads `pid`, its parent and so on, nearest first, from /proc. Returns the number of entries in `chain`. */
size_t hook_process_chain(int32_t pid, hook_process chain[HOOK_CHAIN_MAX]);

/* The inode number of the PID namespace of this process and thus of its ancestors' pids; 0 if it is unreadable. */
uint64_t hook_process_namespace(void);

/* The process of `agent` in the chain, or null if the chain is empty. For claude_code that is `claude_pid` (text, may
 * be null) if it is in the chain, else the nearest process called claude or node. For every agent: else the nearest
 * that is not a shell or a wrapper; else the nearest. */
const hook_process* hook_process_client(const hook_process* chain, size_t count, const char* agent,
                                        const char* claude_pid);

/* The path of a terminal, "/dev/pts/7", with a final NUL; empty if the device is no known terminal. */
void hook_process_tty(uint32_t tty, char path[24]);

#ifdef __cplusplus
}
#endif

#endif
