/* SPDX-License-Identifier: MIT */
#ifndef ATM_HOOK_SCAN_STATE_H
#define ATM_HOOK_SCAN_STATE_H

/* Shared declarations of the scanner's parts: structure (scan.c), strings and numbers. */

#include "scan.h"

enum {
  STATE_START,       /* nothing but a byte order mark so far */
  STATE_VALUE,       /* a value must follow */
  STATE_FIRST_VALUE, /* behind [: a value or ] */
  STATE_FIRST_KEY,   /* behind {: a key or } */
  STATE_KEY,         /* behind a comma in an object */
  STATE_COLON,
  STATE_NEXT, /* behind a value in a container */
  STATE_STRING,
  STATE_LITERAL,
  STATE_MINUS, /* number states, in the order of the grammar */
  STATE_ZERO,
  STATE_INTEGER,
  STATE_POINT,
  STATE_FRACTION,
  STATE_E,
  STATE_E_SIGN,
  STATE_EXPONENT,
  STATE_DONE,
  STATE_FAILED,
};

/* Handles the opening quote; scan->is_key tells whether it starts a key. */
void hook_scan_string_start(hook_scan* scan);

/* Continues in a string and returns the position after the read bytes. At the closing quote it calls
 * hook_scan_string_ended. */
const unsigned char* hook_scan_string(hook_scan* scan, const unsigned char* at, const unsigned char* end);
void hook_scan_string_ended(hook_scan* scan);

/* Handles the first byte, a minus sign or a digit. */
void hook_scan_number_start(hook_scan* scan, unsigned char c);

/* Handles one more byte. False: the number is complete without it, and hook_scan_number_end is due. */
bool hook_scan_number(hook_scan* scan, unsigned char c);
void hook_scan_number_end(hook_scan* scan);

/* Completes a value; the container around it decides what may follow. */
void hook_scan_value_ended(hook_scan* scan);

/* Appends to the JSON Pointer of the current value, escaping for the pointer. */
void hook_scan_pointer_put(hook_scan* scan, const char* bytes, size_t count);

static inline void hook_scan_fail(hook_scan* scan) {
  scan->state = STATE_FAILED;
}

static inline bool hook_scan_is_writing(const hook_scan* scan) {
  return scan->elided_at == 0;
}

#endif
