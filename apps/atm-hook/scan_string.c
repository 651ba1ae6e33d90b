/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "scan_state.h"

#define BYTES(value) (UINT64_C(0x0101010101010101) * (value))

static bool has_zero(uint64_t word) {
  return ((word - BYTES(1)) & ~word & BYTES(0x80)) != 0;
}

static bool is_escape_letter(unsigned char c) {
  switch (c) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
      return true;
    default:
      return false;
  }
}

/* Skips to the end of a string that is left out, or to the next escape. */
static const unsigned char* skip_unseen(const unsigned char* at, const unsigned char* end) {
  for (;;) {
    for (; end - at >= 8; at += 8) {
      uint64_t word;
      memcpy(&word, at, sizeof word);
      if (has_zero(word ^ BYTES('"')) || has_zero(word ^ BYTES('\\'))) break;
    }
    while (at < end && *at != '"' && *at != '\\') ++at;
    if (end - at < 2 || *at == '"' || !is_escape_letter(at[1])) return at;
    at += 2;
  }
}

static bool is_plain(unsigned char c) {
  return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

static const unsigned char* skip_plain(const unsigned char* at, const unsigned char* end) {
  while (at < end && is_plain(*at)) ++at;
  return at;
}

static void pointer_put_unescaped(hook_scan* scan, char c) {
  if (c == '~')
    hook_scan_pointer_put(scan, "~0", 2);
  else if (c == '/')
    hook_scan_pointer_put(scan, "~1", 2);
  else
    hook_scan_pointer_put(scan, &c, 1);
}

/* Handles plain ASCII, where every byte is a character. */
static void write_plain(hook_scan* scan, const unsigned char* bytes, size_t count) {
  const size_t room = HOOK_STRING_MAX - (scan->out->size - scan->string_base);
  scan->is_cut = count > room;
  if (count > room) count = room;
  hook_put(scan->out, (const char*)bytes, count);
  for (size_t i = 0; scan->is_key && i < count; ++i) pointer_put_unescaped(scan, (char)bytes[i]);
}

/* Writes one character of the result without splitting it. */
static void write_unit(hook_scan* scan, const char* bytes, size_t count) {
  if (scan->out->size - scan->string_base + count > HOOK_STRING_MAX) {
    scan->is_cut = true;
    return;
  }
  hook_put(scan->out, bytes, count);
  if (!scan->is_key) return;
  if (count == 2 && bytes[1] == '/')
    hook_scan_pointer_put(scan, "~1", 2);
  else
    hook_scan_pointer_put(scan, bytes, count);
}

static bool is_unseen(const hook_scan* scan) {
  return scan->is_cut || !hook_scan_is_writing(scan);
}

static void write_replacement(hook_scan* scan) {
  if (!is_unseen(scan)) write_unit(scan, HOOK_REPLACEMENT, HOOK_REPLACEMENT_SIZE);
}

/* Completes a surrogate whose second half is missing. */
static void flush_halves(hook_scan* scan) {
  if (scan->high_surrogate != 0 || scan->utf8.size != 0) write_replacement(scan);
  scan->high_surrogate = 0;
  scan->utf8.size = 0;
}

/* A pointer spells out \u002F and \u007E and keeps \u0000 to \u001F as escapes. */
static void write_code_unit(hook_scan* scan, uint16_t value) {
  static const char hex[] = "0123456789abcdef";
  char text[12];
  size_t size = 0;
  const uint16_t units[2] = {scan->high_surrogate, value};
  for (size_t i = scan->high_surrogate == 0; i < 2; ++i) {
    text[size++] = '\\';
    text[size++] = 'u';
    for (int shift = 12; shift >= 0; shift -= 4) text[size++] = hex[units[i] >> shift & 0xF];
  }
  scan->high_surrogate = 0;
  if (scan->is_key && (value == '/' || value == '~')) {
    const unsigned char plain = (unsigned char)value;
    write_plain(scan, &plain, 1);
  } else {
    write_unit(scan, text, size);
  }
}

static void take_code_unit(hook_scan* scan, uint16_t value) {
  if (is_unseen(scan)) return;
  const bool is_low = value >= 0xDC00 && value <= 0xDFFF;
  if (is_low && scan->high_surrogate != 0) {
    write_code_unit(scan, value);
    return;
  }
  flush_halves(scan);
  if (is_low)
    write_replacement(scan);
  else if (value >= 0xD800 && value <= 0xDBFF)
    scan->high_surrogate = value;
  else if (!is_unseen(scan))
    write_code_unit(scan, value);
}

static void take_hex_digit(hook_scan* scan, unsigned char c) {
  const unsigned char lower = (unsigned char)(c | 0x20);
  unsigned digit;
  if (c >= '0' && c <= '9')
    digit = c - '0';
  else if (lower >= 'a' && lower <= 'f')
    digit = lower - 'a' + 10U;
  else {
    hook_scan_fail(scan);
    return;
  }
  scan->hex_value = (uint16_t)((unsigned)scan->hex_value << 4 | digit);
  if (++scan->hex_digits <= 4) return;
  scan->hex_digits = 0;
  scan->in_escape = false;
  take_code_unit(scan, scan->hex_value);
}

static void take_escaped(hook_scan* scan, unsigned char c) {
  if (scan->hex_digits != 0) {
    take_hex_digit(scan, c);
  } else if (c == 'u') {
    scan->hex_digits = 1;
    scan->hex_value = 0;
  } else if (is_escape_letter(c)) {
    const char escape[2] = {'\\', (char)c};
    scan->in_escape = false;
    flush_halves(scan);
    if (!is_unseen(scan)) write_unit(scan, escape, sizeof escape);
  } else {
    hook_scan_fail(scan);
  }
}

/* Handles a byte that is not plain, a quote or a backslash. Returns false if the byte must be offered again. */
static bool take_special(hook_scan* scan, unsigned char c) {
  if (c < 0x80) {
    char escape[6];
    const size_t size = hook_escape(c, escape);
    flush_halves(scan);
    if (!is_unseen(scan)) write_unit(scan, escape, size);
    return true;
  }
  if (scan->high_surrogate != 0) flush_halves(scan);
  const hook_utf8_step step = hook_utf8_take(&scan->utf8, c);
  if (step == HOOK_UTF8_DONE) {
    if (!is_unseen(scan)) write_unit(scan, (const char*)scan->utf8.bytes, scan->utf8.length);
  } else if (step != HOOK_UTF8_MORE) {
    write_replacement(scan);
  }
  return step != HOOK_UTF8_BAD_PAST;
}

void hook_scan_string_start(hook_scan* scan) {
  scan->is_cut = false;
  scan->in_escape = false;
  scan->hex_digits = 0;
  scan->high_surrogate = 0;
  scan->utf8.size = 0;
  scan->string_size = 0;
  scan->string_base = scan->out->size;
}

const unsigned char* hook_scan_string(hook_scan* scan, const unsigned char* at, const unsigned char* end) {
  const unsigned char* const start = at;
  while (at < end && scan->state == STATE_STRING) {
    if (scan->in_escape) {
      take_escaped(scan, *at++);
      continue;
    }
    const unsigned char* const run = at;
    at = is_unseen(scan) ? skip_unseen(at, end) : skip_plain(at, end);
    if (at != run && !is_unseen(scan)) {
      flush_halves(scan);
      if (!is_unseen(scan)) write_plain(scan, run, (size_t)(at - run));
      continue;
    }
    if (at == end) break;
    if (*at == '"') {
      flush_halves(scan);
      scan->string_size += (size_t)(at - start);
      hook_scan_string_ended(scan);
      return at + 1;
    }
    if (*at == '\\') {
      scan->in_escape = true;
      if (scan->utf8.size != 0) flush_halves(scan);
      ++at;
    } else if (take_special(scan, *at)) {
      ++at;
    }
  }
  scan->string_size += (size_t)(at - start);
  return at;
}
