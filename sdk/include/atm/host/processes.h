/* SPDX-License-Identifier: MIT */
#ifndef ATM_HOST_PROCESSES_H
#define ATM_HOST_PROCESSES_H

/* The processes of this machine and their ends. The host reads the process table once for all plugins and shares a
 * scan for 250 ms. It waits for the end of a process without polling where the system supports that.
 *
 * A pid and a start time together identify a process; the system reuses a pid alone. A zombie has ended: lookup
 * reports it with `zombie` set, list leaves it out, and a watch fires.
 *
 * Since ABI 1.0. */

#include <atm/abi.h>
#include <atm/host/snapshot.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ATM_HOST_PROCESSES "atm.host.processes/1"

/* One process. The texts are borrowed; bytes that are not UTF-8 are replaced by U+FFFD. */
typedef struct atm_process {
  uint32_t size;
  uint32_t uid; /* real user id */
  int64_t pid;
  int64_t ppid;
  uint64_t start_ticks; /* clock ticks from boot to start (proc(5), stat field 22) */
  int64_t age_ns;       /* since the start, including suspend; never below 0 */
  uint32_t state;       /* the letter of proc(5): 'R', 'S', 'Z' ... */
  uint32_t zombie;      /* 1: it has ended and its parent has not reaped it */
  atm_str tty;          /* "/dev/pts/3"; empty: none */
  atm_str comm;         /* command name that Linux reports, at most 15 bytes; arbitrary text */
  atm_str exe;          /* path of the program, even if that file is deleted; empty: not readable */
  atm_str cwd;          /* empty: not readable */
} atm_process;

/* Receives the processes of one call. */
typedef struct atm_process_sink {
  uint32_t size;
  uint32_t reserved;
  void* self;

  /* Take one process. A result other than OK ends the listing.
   * thread: the caller
   * owner: borrowed for the call
   * errors: the sink's own */
  atm_status (*process)(void* self, const atm_process* process);
} atm_process_sink;

/* Report once that a process has ended or did not exist when the watch began.
 * thread: watch; never two at once; must return quickly
 * owner: borrowed
 * errors: none */
typedef void (*atm_process_exit_fn)(void* context, uint64_t watch, int64_t pid, uint64_t start_ticks);

/* The service "atm.host.processes/1". */
typedef struct atm_host_processes {
  uint32_t size;
  uint32_t reserved;

  /* Report one process of any user, as it is now.
   * thread: any
   * owner: borrowed for the sink's call
   * errors: E_NOT_FOUND, the sink's own */
  atm_status (*lookup)(void* self, int64_t pid, const atm_process_sink* sink);

  /* Report the live processes of this user whose comm, or whose file name of exe, is one of `names`; all of them if
   * there are no names. Kernel threads are left out. At most 1,024 names. The data is at most 250 ms old.
   * thread: any
   * owner: borrowed for the sink's call
   * errors: the sink's own */
  atm_status (*list)(void* self, const atm_str* names, uint64_t name_count, const atm_process_sink* sink);

  /* Report one variable of the environment with which a process of this user started. The host reports no other
   * variable.
   * thread: any
   * owner: borrowed for the sink's call
   * errors: SKIP (not set), E_INVALID (name), E_NOT_FOUND (no such process, or the pid belongs to another one),
   * E_UNSUPPORTED (not readable), E_TOO_LARGE (over 32 KiB) */
  atm_status (*environment)(void* self, int64_t pid, uint64_t start_ticks, atm_str name,
                            const atm_text_sink* sink);

  /* Report the arguments of a process of this user, one call of the sink for each. Data beyond 64 KiB is left out.
   * thread: any
   * owner: borrowed for the sink's calls
   * errors: E_NOT_FOUND (no such process, or the pid belongs to another one), E_UNSUPPORTED (not readable), the
   * sink's own */
  atm_status (*arguments)(void* self, int64_t pid, uint64_t start_ticks, const atm_text_sink* sink);

  /* Report the boot id of the machine. Start times of different boots are not comparable.
   * thread: any
   * owner: borrowed for the sink's call
   * errors: E_UNSUPPORTED, the sink's own */
  atm_status (*boot_id)(void* self, const atm_text_sink* sink);

  /* Call `fn` once, within a second after the end of a process. If the process does not exist or the pid belongs to
   * another one, `fn` is called at once. The watch ends with that call.
   * thread: any
   * owner: *watch is never 0; ids are unique across this service and atm.host.files/1
   * errors: E_INVALID (pid, fn), E_FULL (over 4,096 for all plugins together), E_CLOSED */
  atm_status (*watch)(void* self, int64_t pid, uint64_t start_ticks, atm_process_exit_fn fn, void* context,
                      uint64_t* watch);

  /* End a watch. After the return `fn` is not running and is not called. The call waits for an `fn` that is running,
   * so the caller must not hold a lock that `fn` takes. Called from the watch thread, it returns at once.
   * thread: any
   * owner: host
   * errors: E_NOT_FOUND (it has fired), E_CLOSED */
  atm_status (*unwatch)(void* self, uint64_t watch);

  /* Report the live process of this user that has this pid and start time in another PID namespace. `pid_ns` is the
   * inode number of that namespace (/proc/PID/ns/pid); 0: any namespace. The sink receives the process with its pid
   * in the daemon's namespace. Since ABI 1.1.
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
