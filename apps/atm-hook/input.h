/* SPDX-License-Identifier: MIT */
#ifndef ATM_HOOK_INPUT_H
#define ATM_HOOK_INPUT_H

/* Standard input, read once: it goes through the scan and, where a command is to have it too, is kept. */

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

/* Reserves memory to keep the input in; false if there is none, and then nothing may be read. */
bool hook_input_keep(hook_input* input);

/* Reads until the end or the deadline. */
void hook_input_read(hook_input* input, hook_scan* scan);

/* Time was up with more to come: a writer that is still at it is listened to, for as long as it is. */
void hook_input_drain(void);

#ifdef __cplusplus
}
#endif

#endif
