/* SPDX-License-Identifier: MIT */
#ifndef ATM_HOOK_OPTIONS_H
#define ATM_HOOK_OPTIONS_H

/* The command line. It is stored in settings files that outlive versions, so unknown options are ignored. */

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct hook_options {
  const char* agent;   /* null: not given, or not a name */
  const char* event;   /* null: not given */
  const char* then;    /* a command; null: not given, or not for a status line: a hook prints nothing, ever */
  const char* payload; /* the last argument, after --argv; null: the payload is on standard input */
  bool is_status_line;
  bool wants_start; /* start the daemon if none answers and autostart is on; read no input */
  bool wants_version;
  bool wants_help;
} hook_options;

void hook_options_read(hook_options* options, int count, char* const* arguments);

#ifdef __cplusplus
}
#endif

#endif
