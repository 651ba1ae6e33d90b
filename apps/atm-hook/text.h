/* SPDX-License-Identifier: MIT */
#ifndef ATM_HOOK_TEXT_H
#define ATM_HOOK_TEXT_H

/* JSON output into a fixed buffer, and the UTF-8 check of input. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A fixed buffer. A put that does not fit writes nothing and sets `overflow`, which stays set. */
typedef struct hook_text {
  char* data;
  size_t size;
  size_t capacity;
  bool overflow;
} hook_text;

void hook_put(hook_text* out, const char* bytes, size_t count);
void hook_put_char(hook_text* out, char c);
/* Writes `text`, which ends with NUL, unchanged. */
void hook_put_literal(hook_text* out, const char* text);
void hook_put_number(hook_text* out, uint64_t value);

/* Writes `bytes` as a JSON string with its quotes: escaped, ill-formed UTF-8 replaced by U+FFFD, and cut on a
 * character boundary so that at most `limit` bytes stand between the quotes. Returns true if it was cut. */
bool hook_put_string(hook_text* out, const char* bytes, size_t count, size_t limit);

/* The JSON escape of `c`, which is a quote, a backslash or below 0x20. Returns its length, 2 or 6. */
size_t hook_escape(unsigned char c, char escape[6]);

/* A partial UTF-8 character. All zero is the state between characters. */
typedef struct hook_utf8 {
  unsigned char bytes[4];
  uint8_t size;   /* bytes taken so far */
  uint8_t length; /* of the whole character */
} hook_utf8;

typedef enum hook_utf8_step {
  HOOK_UTF8_MORE,     /* taken; the character is not complete */
  HOOK_UTF8_DONE,     /* taken; `bytes` and `length` are a character */
  HOOK_UTF8_BAD,      /* taken; it stands for one U+FFFD */
  HOOK_UTF8_BAD_PAST, /* not consumed: the bytes before it become one U+FFFD; offer this byte again */
} hook_utf8_step;

/* Handles a byte of 0x80 and above, or any byte while a character is incomplete (`size` != 0). After any result but
 * MORE, `size` is 0. */
hook_utf8_step hook_utf8_take(hook_utf8* state, unsigned char byte);

#define HOOK_REPLACEMENT "\xEF\xBF\xBD"
#define HOOK_REPLACEMENT_SIZE 3u

#ifdef __cplusplus
}
#endif

#endif
