/* SPDX-License-Identifier: MIT */
#ifndef ATM_HOST_FILES_H
#define ATM_HOST_FILES_H

/* Files that others write: a log followed line by line, and small files that come and go in a directory. The
 * host watches without polling where the system can; what that cannot tell (a moved ancestor, a network file
 * system) it sees ten seconds later, or within half a second when the system's watches are used up.
 *
 * Calls come one at a time, in order for each file, from one thread for each mounted file system: one that hangs
 * delays its own files and no others. A taker that cannot take now answers E_BUSY: the host keeps the line, reads no
 * further in that file and asks again. A path need not exist yet, nor its directory.
 *
 * The host opens regular files of its own user only, and none of procfs or sysfs. A file that it does not open is one
 * that is not there. It does not read a hole: it skips the line that the hole is a part of.
 *
 * Since ABI 1.0. */

#include <atm/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ATM_HOST_FILES "atm.host.files/1"

#define ATM_FILE_FROM_BEGINNING 0u
#define ATM_FILE_FROM_END 1u    /* after the last complete line there is now */
#define ATM_FILE_FROM_OFFSET 2u /* where an earlier follow ended, if a line begins there; else beginning */
#define ATM_FILE_FROM_TAIL 3u   /* with the first line that begins in the last `offset` bytes */

#define ATM_FILE_APPEARED 1u     /* there was none; lines from the beginning follow */
#define ATM_FILE_TRUNCATED 2u    /* cut or written anew; lines from the beginning follow */
#define ATM_FILE_REPLACED 3u     /* the old one is finished; another file's lines from the beginning follow */
#define ATM_FILE_GONE 4u         /* no file has this path now */
#define ATM_FILE_LINE_SKIPPED 5u /* a line was longer than max_line_bytes, or has a hole */

/* A line without its end (LF or CR LF). Bytes that are no UTF-8 are U+FFFD; NUL stands as it is. */
typedef struct atm_file_line {
  uint32_t size;
  uint32_t reserved;
  uint64_t offset;      /* of its first byte, after a byte order mark */
  uint64_t next_offset; /* where the next one begins; what ATM_FILE_FROM_OFFSET takes */
  atm_str text;
} atm_file_line;

typedef struct atm_file_follow {
  uint32_t size;
  uint32_t start;  /* ATM_FILE_FROM_*, of a file that is there; one that comes is read from its beginning */
  uint64_t offset; /* ATM_FILE_FROM_OFFSET, ATM_FILE_FROM_TAIL only */
  uint64_t max_line_bytes; /* 0: 1 MiB; a longer line is skipped without being kept */
  atm_str path;            /* absolute, no slash at its end */
  void* context;

  /* Take a complete line; a last line without its end waits for it. E_BUSY: not now, ask again with the same.
   * thread: watch; never two at once; must return quickly
   * owner: borrowed for the call
   * errors: E_BUSY; any other counts as taken */
  atm_status (*line)(void* context, uint64_t follow, const atm_file_line* line);

  /* Optional. What became of the file: ATM_FILE_APPEARED ...
   * thread: watch; in order with `line`
   * owner: none
   * errors: none */
  void (*event)(void* context, uint64_t follow, uint32_t event);
} atm_file_follow;

/* The state of one small file, told when it differs from what was told before. */
typedef struct atm_file_news {
  uint32_t size;
  atm_status status; /* OK, E_NOT_FOUND (gone), E_TOO_LARGE (over 256 KiB) */
  atm_str name;      /* within the directory */
  atm_str content;   /* OK only; may be torn while its writer is at work; see retry */
} atm_file_news;

#define ATM_DIRECTORY_ANY_NAME 0u
#define ATM_DIRECTORY_DIGITS 1u /* what is before the suffix is one digit or more, nothing else */

typedef struct atm_directory_watch {
  uint32_t size;
  uint32_t names; /* ATM_DIRECTORY_ANY_NAME or ATM_DIRECTORY_DIGITS */
  atm_str path;   /* absolute, no slash at its end */
  atm_str suffix; /* ".json"; no other file is opened */
  void* context;

  /* Take the news of one file; those there at the beginning come first. Regular files of this user only, no
   * symbolic links. E_BUSY: not now, ask again with what is there then.
   * thread: watch; never two at once; must return quickly
   * owner: borrowed for the call
   * errors: E_BUSY; any other counts as taken */
  atm_status (*changed)(void* context, uint64_t watch, const atm_file_news* news);
} atm_directory_watch;

typedef struct atm_host_files {
  uint32_t size;
  uint32_t reserved;

  /* Follow a file.
   * thread: any
   * owner: copied; *follow is never 0
   * errors: E_INVALID (path, start, no `line`), E_FULL (over 4,096 of all plugins), E_CLOSED */
  atm_status (*follow)(void* self, const atm_file_follow* options, uint64_t* follow);

  /* Watch the small files of a directory.
   * thread: any
   * owner: copied; *watch is never 0
   * errors: E_INVALID (path, names, suffix, no `changed`), E_FULL (over 4,096 of all plugins), E_CLOSED */
  atm_status (*watch)(void* self, const atm_directory_watch* options, uint64_t* watch);

  /* Read one file of a watched directory again after delay_ns and tell it even if it is the same: for one
   * that was torn.
   * thread: any
   * owner: borrowed
   * errors: E_INVALID (delay below 0, a name the watch does not match), E_NOT_FOUND, E_CLOSED */
  atm_status (*retry)(void* self, uint64_t watch, atm_str name, int64_t delay_ns);

  /* End a follow or a watch. After the return its functions are not running and will not run. Waits for a
   * call that is under way, so hold no lock that it takes; from within a call of the watch thread it returns
   * at once.
   * thread: any
   * owner: host
   * errors: E_NOT_FOUND, E_CLOSED */
  atm_status (*close)(void* self, uint64_t id);
} atm_host_files;

#ifdef __cplusplus
}
#endif

#endif /* ATM_HOST_FILES_H */
