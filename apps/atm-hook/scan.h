/* SPDX-License-Identifier: MIT */
#ifndef ATM_HOOK_SCAN_H
#define ATM_HOOK_SCAN_H

/* Copies one JSON document, byte by byte as it arrives, and makes it small and safe:
 *
 * - strings and keys longer than HOOK_STRING_MAX bytes are cut on a character boundary; an escape sequence or
 *   a surrogate pair is never split; each cut is noted with its pointer and the original length;
 * - after certain output sizes, further members and elements are left out, the deepest first, so that those
 *   of the top level survive;
 * - containers nested HOOK_DEPTH_MAX deep become empty;
 * - white space between tokens is removed, control characters in strings are escaped, ill-formed UTF-8 and lone
 *   surrogates become U+FFFD: the result is one line that every JSON parser accepts.
 *
 * The result has a bounded size and does not depend on how the input is split. There is no recursion and no
 * allocation. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
  HOOK_STRING_MAX = 1024,      /* bytes between the quotes of the result */
  HOOK_DEPTH_MAX = 48,         /* containers within containers that are written; the daemon reads 64 a line */
  HOOK_NESTING_MAX = 65536,    /* containers within containers that are followed; deeper is refused */
  HOOK_NUMBER_MAX = 64,        /* bytes; a longer number becomes null, and so does one that */
  HOOK_EXPONENT_MAX = 240,     /* has a greater exponent: a double might not hold it */
  HOOK_NOTES_MAX = 16,         /* cut values that are noted, */
  HOOK_POINTER_MAX = 384,      /* if their JSON Pointer is no longer than this; all are counted */
  HOOK_NESTED_SOFT = 64 << 10, /* bytes written after which members at depth 3 and deeper are left out, */
  HOOK_MEMBER_SOFT = 256 << 10,    /* those at depth 2, */
  HOOK_TOP_SOFT = 960 << 10,       /* and those of the outermost container */
  HOOK_SCAN_CAPACITY = 1000 << 10, /* what `out` must have room for */
};

typedef struct hook_scan {
  hook_text* out;
  size_t base; /* out->size at the start */
  uint8_t state;
  bool is_key;        /* the string being read is a key */
  bool is_cut;        /* and has reached its limit */
  bool in_escape;     /* a backslash was read */
  uint8_t hex_digits; /* read of \uXXXX, plus one; 0 is not in one */
  uint8_t bom_bytes;
  uint16_t hex_value;
  uint16_t high_surrogate; /* waiting for its other half; 0 is none */
  hook_utf8 utf8;
  size_t string_size; /* bytes of the input between the quotes, so far */
  size_t string_base; /* out->size behind the opening quote */
  const char* literal_rest;
  char number[HOOK_NUMBER_MAX];
  size_t number_size;
  uint32_t exponent;
  bool is_exponent_negative;
  uint32_t depth;      /* containers that are open */
  uint32_t elided_at;  /* depth of the member that is being left out; 0 is none */
  uint64_t has_member; /* bit d-1: the open container at depth d has a member in the result */
  uint32_t next_index[HOOK_DEPTH_MAX + 1];
  uint16_t pointer_mark[HOOK_DEPTH_MAX + 1]; /* length of the pointer to the open container */
  uint16_t pointer_size;                     /* of the current value; more than HOOK_POINTER_MAX: not known */
  char pointer[HOOK_POINTER_MAX];
  uint8_t is_array[HOOK_NESTING_MAX / 8];
  hook_text notes; /* members of a JSON object: "POINTER":BYTES,... without a comma at the end */
  uint32_t note_count;
  uint32_t cut_count;    /* strings and keys cut, numbers replaced */
  uint32_t elided_count; /* members and elements left out, not counting what they contain */
  char note_bytes[HOOK_NOTES_MAX * (HOOK_POINTER_MAX + 32)];
} hook_scan;

/* `out` is borrowed until the scan ends. */
void hook_scan_start(hook_scan* scan, hook_text* out);
void hook_scan_feed(hook_scan* scan, const char* bytes, size_t count);

/* Returns true after a whole document; only white space may follow. */
bool hook_scan_is_complete(const hook_scan* scan);

/* Call it at the end of the input. Returns false if it was not one JSON document; then `out` is as at the start. */
bool hook_scan_finish(hook_scan* scan);

#ifdef __cplusplus
}
#endif

#endif
