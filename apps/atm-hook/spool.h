/* SPDX-License-Identifier: MIT */
#ifndef ATM_HOOK_SPOOL_H
#define ATM_HOOK_SPOOL_H

/* Stores records that no daemon received, in a directory for the next daemon. The directory holds `records`, one line
 * each, and `dropped`, one byte for each record that did not fit. The daemon renames a file and reads it until no
 * shared lock on it remains; see docs/decisions/0012-spool-beside-the-daemon.md. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "environment.h"
#include "place.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
  HOOK_SPOOL_MAX = 16 << 20,         /* bytes of `records`; ATM_SPOOL_MAX says otherwise */
  HOOK_SPOOL_LINE_SHARE = 4,         /* a status line is kept in the first quarter of them only */
  HOOK_SPOOL_STALE_S = 24 * 60 * 60, /* older records are of no use to a daemon */
  HOOK_SPOOL_OPENINGS = 4,           /* of a file that the daemon takes away while we open it */
  HOOK_SPOOL_LOCKINGS = 3,           /* of a file that the daemon is just removing, */
  HOOK_SPOOL_PAUSE_US = 200,         /* with pauses of this length */
};

typedef enum hook_spooled {
  HOOK_SPOOL_KEPT,    /* the daemon will find it */
  HOOK_SPOOL_DROPPED, /* there was no room for it; that is noted in the directory */
  HOOK_SPOOL_REFUSED, /* there is no directory that is ours alone, or it cannot be written; counted elsewhere */
} hook_spooled;

/* Writes the path of the directory: SOCKET.spool if ATM_SOCKET names the socket, else a directory in the user's state.
 * *parents: the number of missing directories above it that may be created. */
bool hook_spool_path(const hook_environment* environment, char path[HOOK_FILE_MAX], unsigned* parents);

/* The value of ATM_SPOOL_MAX; HOOK_SPOOL_MAX if it is unset or no decimal number. */
uint64_t hook_spool_limit(const hook_environment* environment);

/* Writes the path of the file number `index` that counts refused records, one byte each; false if there is no such
 * file. SOCKET.lost if ATM_SOCKET names the socket; else `atm.lost` in the runtime directory of the environment, that
 * of the system, and /tmp/atm-USER.lost. The first writable one holds the count. */
enum { HOOK_SPOOL_LOSSES = 3 };
bool hook_spool_losses(const hook_environment* environment, unsigned user, unsigned index,
                       char path[HOOK_FILE_MAX]);

typedef enum hook_record {
  HOOK_RECORD_EVENT,
  HOOK_RECORD_STATUS_LINE, /* the next one says the same, so that it may not take the room of events */
} hook_record;

/* Appends a record in one write. It must begin and end with a newline: the first one ends an incomplete record of
 * another writer. Empties a full file first if nothing was added for HOOK_SPOOL_STALE_S. Waits no longer than the
 * pauses above. */
hook_spooled hook_spool_write(const hook_environment* environment, hook_record kind, const char* record,
                              size_t size);

#ifdef __cplusplus
}
#endif

#endif
