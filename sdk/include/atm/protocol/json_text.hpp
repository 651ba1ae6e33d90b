// SPDX-License-Identifier: MIT
// JSON appended to a string.
//
// For messages that consist mostly of JSON that was encoded elsewhere: that part is copied once and never parsed. The
// functions do not check that the result is valid JSON; their callers write whole messages in order. All functions are
// [any].
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace atm::protocol {

/// Appends `text`, which must be UTF-8, as a JSON string with quotes and escapes.
inline void append_quoted(std::string& out, std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out += '"';
  // Runs without escapes are copied at once; most texts are one run.
  std::size_t plain = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    // RFC 8259: only quotes, backslashes and control characters must be escaped.
    const auto c = static_cast<unsigned char>(text[i]);
    // Bytes of 0x80 and above are parts of UTF-8 characters and need no escape.
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out.append(text, plain, i - plain);
    plain = i + 1;
    switch (c) {
      // The short escapes, then \u00XX for the other control characters.
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        out += "\\u00";
        out += kHex[c >> 4];
        out += kHex[c & 0xFU];
    }
  }
  out.append(text, plain);
  out += '"';
}

/// Appends an integer in decimal.
template <class Integer>
void append_number(std::string& out, Integer value) {
  static_assert(std::is_integral_v<Integer>);
  // 64 bits need at most 20 digits and a sign.
  char digits[24];
  // Independent of the locale.
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out.append(digits, static_cast<std::size_t>(end - digits));
}

/// Appends `,"name":`. `name` must not need escapes.
inline void append_name(std::string& out, std::string_view name) {
  out += ",\"";
  out += name;
  out += "\":";
}

}  // namespace atm::protocol
