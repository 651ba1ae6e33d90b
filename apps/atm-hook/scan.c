/* SPDX-License-Identifier: MIT */
#include "scan.h"

#include <string.h>

#include "scan_state.h"

void hook_scan_start(hook_scan* scan, hook_text* out) {
  /* Everything before the big arrays is initialised; the arrays are written before they are read. */
  memset(scan, 0, offsetof(hook_scan, number));
  scan->out = out;
  scan->base = out->size;
  scan->depth = scan->elided_at = 0;
  scan->has_member = 0;
  scan->pointer_size = 0;
  scan->notes = (hook_text){scan->note_bytes, 0, sizeof scan->note_bytes, false};
  scan->note_count = scan->cut_count = scan->elided_count = 0;
}

static void write_char(hook_scan* scan, char c) {
  if (hook_scan_is_writing(scan)) hook_put_char(scan->out, c);
}

static bool in_array(const hook_scan* scan) {
  const uint32_t at = scan->depth - 1;
  return (scan->is_array[at >> 3] >> (at & 7) & 1) != 0;
}

void hook_scan_pointer_put(hook_scan* scan, const char* bytes, size_t count) {
  if (scan->pointer_size + count > HOOK_POINTER_MAX) {
    scan->pointer_size = HOOK_POINTER_MAX + 1;
    return;
  }
  memcpy(scan->pointer + scan->pointer_size, bytes, count);
  scan->pointer_size = (uint16_t)(scan->pointer_size + count);
}

static bool is_to_be_left_out(const hook_scan* scan) {
  const size_t written = scan->out->size - scan->base;
  if (scan->depth >= HOOK_DEPTH_MAX) return true;
  return written > (scan->depth == 1   ? (size_t)HOOK_TOP_SOFT
                    : scan->depth == 2 ? (size_t)HOOK_MEMBER_SOFT
                                       : (size_t)HOOK_NESTED_SOFT);
}

/* Called before the first token of an element or the key of a member. */
static void begin_member(hook_scan* scan) {
  if (scan->depth == 0 || !hook_scan_is_writing(scan)) return;
  if (is_to_be_left_out(scan)) {
    scan->elided_at = scan->depth;
    ++scan->elided_count;
    return;
  }
  const uint64_t bit = (uint64_t)1 << (scan->depth - 1);
  if ((scan->has_member & bit) != 0) hook_put_char(scan->out, ',');
  scan->has_member |= bit;
  scan->pointer_size = scan->pointer_mark[scan->depth];
  hook_scan_pointer_put(scan, "/", 1);
  if (in_array(scan)) {
    char digits[10];
    hook_text text = {digits, 0, sizeof digits, false};
    hook_put_number(&text, scan->next_index[scan->depth]++);
    hook_scan_pointer_put(scan, digits, text.size);
  }
}

void hook_scan_value_ended(hook_scan* scan) {
  if (scan->elided_at == scan->depth) scan->elided_at = 0;
  scan->state = scan->depth == 0 ? STATE_DONE : STATE_NEXT;
}

static void open_container(hook_scan* scan, char c) {
  if (scan->depth == HOOK_NESTING_MAX) {
    hook_scan_fail(scan);
    return;
  }
  const unsigned bit = 1U << (scan->depth & 7);
  uint8_t* byte = &scan->is_array[scan->depth >> 3];
  *byte = (uint8_t)(c == '[' ? *byte | bit : *byte & ~bit);
  ++scan->depth;
  if (hook_scan_is_writing(scan)) {
    hook_put_char(scan->out, c);
    scan->has_member &= ~((uint64_t)1 << (scan->depth - 1));
    scan->pointer_mark[scan->depth] = scan->pointer_size;
    scan->next_index[scan->depth] = 0;
  }
  scan->state = c == '[' ? STATE_FIRST_VALUE : STATE_FIRST_KEY;
}

static void close_container(hook_scan* scan, char c) {
  if (in_array(scan) != (c == ']')) {
    hook_scan_fail(scan);
    return;
  }
  --scan->depth;
  write_char(scan, c);
  hook_scan_value_ended(scan);
}

static void start_string(hook_scan* scan, bool is_key) {
  write_char(scan, '"');
  scan->is_key = is_key;
  hook_scan_string_start(scan);
  scan->state = STATE_STRING;
}

/* Records where a value was cut, if there is room and the path of the value fits. */
static void note_cut(hook_scan* scan) {
  if (scan->note_count == HOOK_NOTES_MAX || scan->pointer_size > HOOK_POINTER_MAX) return;
  hook_put_literal(&scan->notes, scan->note_count++ == 0 ? "\"" : ",\"");
  hook_put(&scan->notes, scan->pointer, scan->pointer_size);
  hook_put_literal(&scan->notes, "\":");
  hook_put_number(&scan->notes, scan->string_size);
}

void hook_scan_string_ended(hook_scan* scan) {
  write_char(scan, '"');
  if (scan->is_cut && hook_scan_is_writing(scan)) {
    ++scan->cut_count;
    if (!scan->is_key) note_cut(scan);
  }
  if (scan->is_key)
    scan->state = STATE_COLON;
  else
    hook_scan_value_ended(scan);
}

static void start_literal(hook_scan* scan, const char* literal) {
  if (hook_scan_is_writing(scan)) hook_put_literal(scan->out, literal);
  scan->literal_rest = literal + 1;
  scan->state = STATE_LITERAL;
}

static void start_value(hook_scan* scan, unsigned char c) {
  if (c == '{' || c == '[')
    open_container(scan, (char)c);
  else if (c == '"')
    start_string(scan, false);
  else if (c == '-' || (c >= '0' && c <= '9'))
    hook_scan_number_start(scan, c);
  else if (c == 't')
    start_literal(scan, "true");
  else if (c == 'f')
    start_literal(scan, "false");
  else if (c == 'n')
    start_literal(scan, "null");
  else
    hook_scan_fail(scan);
}

static void start_element(hook_scan* scan, unsigned char c) {
  if (scan->depth > 0 && in_array(scan)) begin_member(scan);
  start_value(scan, c);
}

static void start_key(hook_scan* scan, unsigned char c) {
  if (c != '"') {
    hook_scan_fail(scan);
    return;
  }
  begin_member(scan);
  start_string(scan, true);
}

static bool is_space(unsigned char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static void step_start(hook_scan* scan, unsigned char c) {
  static const unsigned char mark[] = {0xEF, 0xBB, 0xBF};
  if (scan->bom_bytes < sizeof mark && c == mark[scan->bom_bytes]) {
    ++scan->bom_bytes;
    return;
  }
  if (scan->bom_bytes != 0 && scan->bom_bytes != sizeof mark)
    hook_scan_fail(scan);
  else if (is_space(c))
    scan->bom_bytes = sizeof mark;
  else
    start_value(scan, c);
}

/* Handles one byte between tokens that is not white space. */
static void step_structure(hook_scan* scan, unsigned char c) {
  const uint8_t state = scan->state;
  const bool may_close = state == STATE_NEXT || state == (c == ']' ? STATE_FIRST_VALUE : STATE_FIRST_KEY);
  if ((c == ']' || c == '}') && may_close) {
    close_container(scan, (char)c);
  } else if (state == STATE_NEXT && c == ',') {
    scan->state = in_array(scan) ? STATE_VALUE : STATE_KEY;
  } else if (state == STATE_VALUE || state == STATE_FIRST_VALUE) {
    start_element(scan, c);
  } else if (state == STATE_KEY || state == STATE_FIRST_KEY) {
    start_key(scan, c);
  } else if (state == STATE_COLON && c == ':') {
    write_char(scan, ':');
    scan->state = STATE_VALUE;
  } else {
    hook_scan_fail(scan);
  }
}

static void step_literal(hook_scan* scan, unsigned char c) {
  if (c != (unsigned char)*scan->literal_rest++)
    hook_scan_fail(scan);
  else if (*scan->literal_rest == 0)
    hook_scan_value_ended(scan);
}

static void step(hook_scan* scan, unsigned char c) {
  if (scan->state >= STATE_MINUS && scan->state <= STATE_EXPONENT) {
    if (hook_scan_number(scan, c)) return;
    hook_scan_number_end(scan);
  }
  if (scan->state == STATE_START)
    step_start(scan, c);
  else if (scan->state == STATE_LITERAL)
    step_literal(scan, c);
  else if (!is_space(c))
    step_structure(scan, c);
}

void hook_scan_feed(hook_scan* scan, const char* bytes, size_t count) {
  const unsigned char* at = (const unsigned char*)bytes;
  const unsigned char* const end = at + count;
  while (at < end && scan->state != STATE_FAILED) {
    if (scan->state == STATE_STRING)
      at = hook_scan_string(scan, at, end);
    else
      step(scan, *at++);
  }
}

bool hook_scan_is_complete(const hook_scan* scan) {
  return scan->state == STATE_DONE;
}

bool hook_scan_finish(hook_scan* scan) {
  const uint8_t state = scan->state;
  if (state == STATE_ZERO || state == STATE_INTEGER || state == STATE_FRACTION || state == STATE_EXPONENT)
    hook_scan_number_end(scan);
  if (scan->state == STATE_DONE && !scan->out->overflow) return true;
  scan->out->size = scan->base;
  scan->notes.size = 0;
  scan->note_count = scan->cut_count = scan->elided_count = 0;
  hook_scan_fail(scan);
  return false;
}
