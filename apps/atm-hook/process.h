/* SPDX-License-Identifier: MIT */
#ifndef ATM_HOOK_PROCESS_H
#define ATM_HOOK_PROCESS_H

/* Who started the hook: the chain of its ancestors, and which of them is the agent's client. */

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

/* Reads a line of /proc/PID/stat; the name in it may contain spaces, parentheses, newlines, anything. */
bool hook_process_parse(const char* stat, size_t size, hook_process* process);

/* Reads `pid`, its parent and so on, nearest first, from /proc; returns how many of `chain` are filled. */
size_t hook_process_chain(int32_t pid, hook_process chain[HOOK_CHAIN_MAX]);

/* The inode number of the PID namespace that this process is in, and so its ancestors by their pids; 0 if it
 * cannot be read. */
uint64_t hook_process_namespace(void);

/* The client of `agent` in the chain, or null if the chain is empty. For claude_code that is `claude_pid`
 * (text, may be null) if it is in the chain, else the nearest process called claude or node; for all, the
 * nearest that is not a shell or a wrapper; else the nearest. */
const hook_process* hook_process_client(const hook_process* chain, size_t count, const char* agent,
                                        const char* claude_pid);

/* The path of a terminal, "/dev/pts/7", ending with NUL; empty if it is none that can be named. */
void hook_process_tty(uint32_t tty, char path[24]);

#ifdef __cplusplus
}
#endif

#endif
