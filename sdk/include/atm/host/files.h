/* SPDX-License-Identifier: MIT */
#ifndef ATM_HOST_FILES_H
#define ATM_HOST_FILES_H

/* Files that other programs write: log files, read line by line, and small files in a directory. The host uses
 * inotify where possible. It notices a change that inotify does not report (a moved ancestor, a network file system)
 * within ten seconds; when the inotify watches of the user are exhausted, it polls every half second.
 *
 * Callbacks come one at a time, in order for each file, from one thread for each mounted file system: a file system
 * that hangs delays its own files only. A callback that cannot take its input now returns E_BUSY. The host then
 * keeps the line, stops reading that file and calls again later. The path and its directories need not exist yet.
 *
 * The host opens regular files of its own user only, and none of procfs or sysfs. A file that it does not open
 * counts as missing. It does not read a hole: it skips the line that contains the hole.
 *
 * Since ABI 1.0. */

#include <atm/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ATM_HOST_FILES "atm.host.files/1"

/* Where a follow begins to read a file that exists. */
#define ATM_FILE_FROM_BEGINNING 0u
#define ATM_FILE_FROM_END 1u    /* after the last complete line */
#define ATM_FILE_FROM_OFFSET 2u /* at `offset`, if a line begins there; else at the beginning */
#define ATM_FILE_FROM_TAIL 3u   /* at the first line that begins in the last `offset` bytes */

/* Events of a followed file. */
#define ATM_FILE_APPEARED 1u     /* the file was missing; its lines follow from the beginning */
#define ATM_FILE_TRUNCATED 2u    /* truncated or rewritten; lines follow from the beginning */
#define ATM_FILE_REPLACED 3u     /* another file has the path; its lines follow from the beginning */
#define ATM_FILE_GONE 4u         /* no file has this path now */
#define ATM_FILE_LINE_SKIPPED 5u /* a line was longer than max_line_bytes, or has a hole */

/* One line without its end (LF or CR LF). Bytes that are not UTF-8 are replaced by U+FFFD; NUL bytes are kept. */
typedef struct atm_file_line {
  uint32_t size;
  uint32_t reserved;
  uint64_t offset;      /* of the first byte, after a byte order mark */
  uint64_t next_offset; /* of the next line; an argument for ATM_FILE_FROM_OFFSET */
  atm_str text;
} atm_file_line;

/* A file to follow, and the functions that take its lines and events. The host copies the struct. */
typedef struct atm_file_follow {
  uint32_t size;
  uint32_t start;          /* ATM_FILE_FROM_*; a file that appears later is read from its beginning */
  uint64_t offset;         /* ATM_FILE_FROM_OFFSET and ATM_FILE_FROM_TAIL only */
  uint64_t max_line_bytes; /* 0: 1 MiB; a longer line is skipped and not stored */
  atm_str path;            /* absolute, without a slash at its end */
  void* context;           /* passed to both functions */

  /* Take one complete line; the host holds back a last line until its end is written. E_BUSY: the host calls again
   * later with the same line.
   * thread: watch; never two at once; must return quickly
   * owner: borrowed for the call
   * errors: E_BUSY; any other result counts as taken */
  atm_status (*line)(void* context, uint64_t follow, const atm_file_line* line);

  /* Optional (NULL). Take an event of the file: ATM_FILE_APPEARED to ATM_FILE_LINE_SKIPPED.
   * thread: watch; in order with `line`
   * owner: none
   * errors: none */
  void (*event)(void* context, uint64_t follow, uint32_t event);
} atm_file_follow;

/* The state of one small file, reported when it differs from the last report. */
typedef struct atm_file_change {
  uint32_t size;
  atm_status status; /* OK, E_NOT_FOUND (missing), E_TOO_LARGE (over 256 KiB) */
  atm_str name;      /* within the directory */
  atm_str content;   /* OK only; may be incomplete while another program writes; see retry */
} atm_file_change;

/* Which file names of a directory are watched. */
#define ATM_DIRECTORY_ANY_NAME 0u /* every name with the suffix */
#define ATM_DIRECTORY_DIGITS 1u   /* only names that consist of digits (one or more) and the suffix */

/* A directory to watch, and the function that takes the state of its files. The host copies the struct. */
typedef struct atm_directory_watch {
  uint32_t size;
  uint32_t names; /* ATM_DIRECTORY_ANY_NAME or ATM_DIRECTORY_DIGITS */
  atm_str path;   /* absolute, without a slash at its end */
  atm_str suffix; /* ".json"; the host opens no other file */
  void* context;  /* passed to `changed` */

  /* Take the new state of one file. The files that exist at the beginning come first. Only regular files of this
   * user are reported, and no symbolic links. E_BUSY: the host calls again later with the state of that time.
   * thread: watch; never two at once; must return quickly
   * owner: borrowed for the call
   * errors: E_BUSY; any other result counts as taken */
  atm_status (*changed)(void* context, uint64_t watch, const atm_file_change* change);
} atm_directory_watch;

/* The service "atm.host.files/1". */
typedef struct atm_host_files {
  uint32_t size;
  uint32_t reserved;

  /* Begin to follow a file.
   * thread: any
   * owner: copied; *follow is never 0
   * errors: E_INVALID (path, start, no `line`), E_FULL (over 4,096 for all plugins together), E_CLOSED */
  atm_status (*follow)(void* self, const atm_file_follow* options, uint64_t* follow);

  /* Begin to watch the small files of a directory.
   * thread: any
   * owner: copied; *watch is never 0
   * errors: E_INVALID (path, names, suffix, no `changed`), E_FULL (over 4,096 for all plugins together), E_CLOSED */
  atm_status (*watch)(void* self, const atm_directory_watch* options, uint64_t* watch);

  /* Read one file of a watched directory again after delay_ns and report it even if it is unchanged. For a file
   * whose content was incomplete.
   * thread: any
   * owner: borrowed
   * errors: E_INVALID (delay below 0, a name the watch does not match), E_NOT_FOUND, E_CLOSED */
  atm_status (*retry)(void* self, uint64_t watch, atm_str name, int64_t delay_ns);

  /* End a follow or a watch. After the return its functions are not running and are not called again. The call waits
   * for a function that is running, so the caller must not hold a lock that the function takes. Called from within
   * such a function, it returns at once.
   * thread: any
   * owner: host
   * errors: E_NOT_FOUND, E_CLOSED */
  atm_status (*close)(void* self, uint64_t id);
} atm_host_files;

#ifdef __cplusplus
}
#endif

#endif /* ATM_HOST_FILES_H */
