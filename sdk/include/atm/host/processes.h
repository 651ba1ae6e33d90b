/* SPDX-License-Identifier: MIT */
#ifndef ATM_HOST_PROCESSES_H
#define ATM_HOST_PROCESSES_H

/* The processes of this machine: who runs, and when one has ended. The host reads the process table once for
 * all plugins (a scan is shared for 250 ms) and waits for ends without polling where the system can.
 *
 * A process is named by its pid and its start time together; a pid alone is used again. A zombie has ended:
 * look-ups say so, the list leaves it out, a watch reports it.
 *
 * Since ABI 1.0. */

#include <atm/abi.h>
#include <atm/host/snapshot.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ATM_HOST_PROCESSES "atm.host.processes/1"

typedef struct atm_process {
  uint32_t size;
  uint32_t uid; /* real user id */
  int64_t pid;
  int64_t ppid;
  uint64_t start_ticks; /* clock ticks since boot (proc(5), stat field 22) */
  int64_t age_ns;       /* since it started, sleep of the machine included; never below 0 */
  uint32_t state;       /* the letter of proc(5): 'R', 'S', 'Z' ... */
  uint32_t zombie;      /* 1: it has ended, nobody has taken its exit status yet */
  atm_str tty;          /* "/dev/pts/3"; empty: none */
  atm_str comm;         /* the kernel's name of it, at most 15 bytes; may hold anything */
  atm_str exe;          /* path of the program, also when that file is gone since; empty: not readable */
  atm_str cwd;          /* empty: not readable */
} atm_process;

typedef struct atm_process_sink {
  uint32_t size;
  uint32_t reserved;
  void* self;

  /* Take one process. A return other than OK ends the listing.
   * thread: the caller
   * owner: borrowed for the call
   * errors: the sink's own */
  atm_status (*process)(void* self, const atm_process* process);
} atm_process_sink;

/* Told once that a process has ended, or was not there when the watch began.
 * thread: watch; never two at once; must return quickly
 * owner: borrowed
 * errors: none */
typedef void (*atm_process_exit_fn)(void* context, uint64_t watch, int64_t pid, uint64_t start_ticks);

typedef struct atm_host_processes {
  uint32_t size;
  uint32_t reserved;

  /* One process as it is now, of any user.
   * thread: any
   * owner: borrowed for the sink's call
   * errors: E_NOT_FOUND, the sink's own */
  atm_status (*lookup)(void* self, int64_t pid, const atm_process_sink* sink);

  /* The living processes of this user whose comm, or file name of exe, is one of `names`; all when there are
   * no names. Up to 250 ms old.
   * thread: any
   * owner: borrowed for the sink's call
   * errors: the sink's own */
  atm_status (*list)(void* self, const atm_str* names, uint64_t name_count, const atm_process_sink* sink);

  /* One variable of the environment that a process of this user began with; never more than that one.
   * thread: any
   * owner: borrowed for the sink's call
   * errors: SKIP (not set), E_INVALID (name), E_NOT_FOUND (no such process, or another has its pid),
   * E_UNSUPPORTED (not readable), E_TOO_LARGE (over 32 KiB) */
  atm_status (*environment)(void* self, int64_t pid, uint64_t start_ticks, atm_str name,
                            const atm_text_sink* sink);

  /* The arguments of a process of this user, the sink called once for each; what is beyond 64 KiB is left
   * out.
   * thread: any
   * owner: borrowed for the sink's calls
   * errors: E_NOT_FOUND (no such process, or another has its pid), E_UNSUPPORTED (not readable), the sink's
   * own */
  atm_status (*arguments)(void* self, int64_t pid, uint64_t start_ticks, const atm_text_sink* sink);

  /* This boot of this machine: start times of two boots do not compare.
   * thread: any
   * owner: borrowed for the sink's call
   * errors: E_UNSUPPORTED, the sink's own */
  atm_status (*boot_id)(void* self, const atm_text_sink* sink);

  /* Call `fn` once when that process has ended, within a second. One that is not there, or whose pid another
   * has, is reported at once. The watch is over with the call.
   * thread: any
   * owner: *watch is never 0; one number space with atm.host.files/1
   * errors: E_INVALID (pid, fn), E_FULL (over 4,096 of all plugins), E_CLOSED */
  atm_status (*watch)(void* self, int64_t pid, uint64_t start_ticks, atm_process_exit_fn fn, void* context,
                      uint64_t* watch);

  /* End a watch. After the return `fn` is not running and will not run. Waits for a call that is under way,
   * so hold no lock that it takes; from within a call of the watch thread it returns at once.
   * thread: any
   * owner: host
   * errors: E_NOT_FOUND (it has run), E_CLOSED */
  atm_status (*unwatch)(void* self, uint64_t watch);

  /* The living process of this user that has this pid and start time in another PID namespace, which `pid_ns`
   * names by its inode number (/proc/PID/ns/pid); 0: in any. It is given as it is seen from the daemon. Since
   * ABI 1.1.
   * thread: any
   * owner: borrowed for the sink's call
   * errors: E_NOT_FOUND (it has ended, or that namespace is not below the daemon's), the sink's own */
  atm_status (*find)(void* self, uint64_t pid_ns, int64_t pid, uint64_t start_ticks,
                     const atm_process_sink* sink);
} atm_host_processes;

#ifdef __cplusplus
}
#endif

#endif /* ATM_HOST_PROCESSES_H */
