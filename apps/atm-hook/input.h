/* SPDX-License-Identifier: MIT */
#ifndef ATM_HOOK_INPUT_H
#define ATM_HOOK_INPUT_H

/* Reads standard input once, passes it to the scanner and, if a command needs it too, keeps it. */

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scan.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
  HOOK_INPUT_KEPT = 16 << 20,              /* bytes; more stays in the pipe */
  HOOK_INPUT_PREFIX = HOOK_STRING_MAX + 3, /* a character that begins within the limit ends within this */
};

typedef struct hook_input {
  char* kept; /* null: not to be kept */
  uint64_t size;
  bool has_ended; /* there is no more, or nobody who would write it */
  size_t prefix_size;
  char prefix[HOOK_INPUT_PREFIX];   /* what to show if it is no JSON */
  volatile sig_atomic_t is_settled; /* nothing changes any more: for signal handlers */
} hook_input;

/* Reserves memory to keep the input. If it returns false, nothing may be read. */
bool hook_input_keep(hook_input* input);

/* Reads until the end or the deadline. */
void hook_input_read(hook_input* input, hook_scan* scan);

/* Takes a payload that is already in memory instead. */
void hook_input_take(hook_input* input, hook_scan* scan, const char* text);

/* Called after the deadline: keeps reading as long as the writer writes. */
void hook_input_drain(void);

#ifdef __cplusplus
}
#endif

#endif
