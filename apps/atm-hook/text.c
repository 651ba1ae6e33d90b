/* SPDX-License-Identifier: MIT */
#include "text.h"

#include <string.h>

void hook_put(hook_text* out, const char* bytes, size_t count) {
  if (count > out->capacity - out->size) {
    out->overflow = true;
    return;
  }
  memcpy(out->data + out->size, bytes, count);
  out->size += count;
}

void hook_put_char(hook_text* out, char c) {
  hook_put(out, &c, 1);
}

void hook_put_literal(hook_text* out, const char* text) {
  hook_put(out, text, strlen(text));
}

void hook_put_number(hook_text* out, uint64_t value) {
  char digits[20];
  size_t at = sizeof digits;
  do {
    digits[--at] = (char)('0' + value % 10);
    value /= 10;
  } while (value != 0);
  hook_put(out, digits + at, sizeof digits - at);
}

size_t hook_escape(unsigned char c, char escape[6]) {
  static const char hex[] = "0123456789abcdef";
  char letter = 0;
  switch (c) {
    case '"':
    case '\\':
      letter = (char)c;
      break;
    case '\b':
      letter = 'b';
      break;
    case '\f':
      letter = 'f';
      break;
    case '\n':
      letter = 'n';
      break;
    case '\r':
      letter = 'r';
      break;
    case '\t':
      letter = 't';
      break;
    default:
      break;
  }
  escape[0] = '\\';
  if (letter != 0) {
    escape[1] = letter;
    return 2;
  }
  escape[1] = 'u';
  escape[2] = escape[3] = '0';
  escape[4] = hex[c >> 4];
  escape[5] = hex[c & 0xF];
  return 6;
}

/* The second byte has a range narrower than 80..BF after four leads: this excludes overlong forms, surrogates, and
 * values above U+10FFFF. */
static bool continues(const hook_utf8* state, unsigned char byte) {
  if (byte < 0x80 || byte > 0xBF) return false;
  if (state->size > 1) return true;
  switch (state->bytes[0]) {
    case 0xE0:
      return byte >= 0xA0;
    case 0xED:
      return byte <= 0x9F;
    case 0xF0:
      return byte >= 0x90;
    case 0xF4:
      return byte <= 0x8F;
    default:
      return true;
  }
}

hook_utf8_step hook_utf8_take(hook_utf8* state, unsigned char byte) {
  if (state->size == 0) {
    if (byte < 0xC2 || byte > 0xF4) return HOOK_UTF8_BAD;
    state->length = byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
  } else if (!continues(state, byte)) {
    state->size = 0;
    return HOOK_UTF8_BAD_PAST;
  }
  state->bytes[state->size++] = byte;
  if (state->size < state->length) return HOOK_UTF8_MORE;
  state->size = 0;
  return HOOK_UTF8_DONE;
}

/* Writes one character unless it would exceed `end`. */
static bool put_within(hook_text* out, size_t end, const char* bytes, size_t count) {
  if (out->size + count > end) return false;
  hook_put(out, bytes, count);
  return true;
}

bool hook_put_string(hook_text* out, const char* bytes, size_t count, size_t limit) {
  hook_put_char(out, '"');
  const size_t end = out->size + limit;
  hook_utf8 utf8 = {{0}, 0, 0};
  bool fits = true;
  for (size_t i = 0; i < count && fits; ++i) {
    const unsigned char c = (unsigned char)bytes[i];
    if (c >= 0x80 || utf8.size != 0) {
      const hook_utf8_step step = hook_utf8_take(&utf8, c);
      if (step == HOOK_UTF8_DONE) fits = put_within(out, end, (const char*)utf8.bytes, utf8.length);
      if (step == HOOK_UTF8_BAD || step == HOOK_UTF8_BAD_PAST)
        fits = put_within(out, end, HOOK_REPLACEMENT, HOOK_REPLACEMENT_SIZE);
      if (step == HOOK_UTF8_BAD_PAST) --i;
    } else if (c < 0x20 || c == '"' || c == '\\') {
      char escape[6];
      const size_t length = hook_escape(c, escape);
      fits = put_within(out, end, escape, length);
    } else {
      fits = put_within(out, end, &bytes[i], 1);
    }
  }
  if (fits && utf8.size != 0) fits = put_within(out, end, HOOK_REPLACEMENT, HOOK_REPLACEMENT_SIZE);
  hook_put_char(out, '"');
  return !fits;
}
