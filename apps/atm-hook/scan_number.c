/* SPDX-License-Identifier: MIT */
#include "scan_state.h"

static void take(hook_scan* scan, unsigned char c, uint8_t state) {
  if (scan->number_size < HOOK_NUMBER_MAX) scan->number[scan->number_size] = (char)c;
  ++scan->number_size;
  scan->state = state;
  if (c == '-' && state == STATE_E_SIGN) scan->is_exponent_negative = true;
  if (state == STATE_EXPONENT && scan->exponent <= HOOK_EXPONENT_MAX)
    scan->exponent = scan->exponent * 10 + (uint32_t)(c - '0');
}

void hook_scan_number_start(hook_scan* scan, unsigned char c) {
  scan->number_size = 0;
  scan->exponent = 0;
  scan->is_exponent_negative = false;
  take(scan, c, c == '-' ? STATE_MINUS : c == '0' ? STATE_ZERO : STATE_INTEGER);
}

void hook_scan_number_end(hook_scan* scan) {
  const bool is_too_great = scan->exponent > HOOK_EXPONENT_MAX && !scan->is_exponent_negative;
  if (hook_scan_is_writing(scan)) {
    if (scan->number_size > HOOK_NUMBER_MAX || is_too_great) {
      hook_put(scan->out, "null", 4);
      ++scan->cut_count;
    } else {
      hook_put(scan->out, scan->number, scan->number_size);
    }
  }
  hook_scan_value_ended(scan);
}

bool hook_scan_number(hook_scan* scan, unsigned char c) {
  const bool is_digit = c >= '0' && c <= '9';
  const uint8_t state = scan->state;
  if (is_digit) {
    static const uint8_t after[] = {
        [STATE_INTEGER - STATE_MINUS] = STATE_INTEGER,   [STATE_POINT - STATE_MINUS] = STATE_FRACTION,
        [STATE_FRACTION - STATE_MINUS] = STATE_FRACTION, [STATE_E - STATE_MINUS] = STATE_EXPONENT,
        [STATE_E_SIGN - STATE_MINUS] = STATE_EXPONENT,   [STATE_EXPONENT - STATE_MINUS] = STATE_EXPONENT};
    if (state == STATE_ZERO)
      hook_scan_fail(scan);
    else if (state == STATE_MINUS)
      take(scan, c, c == '0' ? STATE_ZERO : STATE_INTEGER);
    else
      take(scan, c, after[state - STATE_MINUS]);
    return true;
  }
  const bool is_integer = state == STATE_ZERO || state == STATE_INTEGER;
  if (c == '.' && is_integer)
    take(scan, c, STATE_POINT);
  else if ((c | 0x20) == 'e' && (is_integer || state == STATE_FRACTION))
    take(scan, c, STATE_E);
  else if ((c == '+' || c == '-') && state == STATE_E)
    take(scan, c, STATE_E_SIGN);
  else if (is_integer || state == STATE_FRACTION || state == STATE_EXPONENT)
    return false;
  else
    hook_scan_fail(scan);
  return true;
}
