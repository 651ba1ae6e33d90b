// SPDX-License-Identifier: MIT
#include "ledger/json_cursor.hpp"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include <bitset>

namespace atm::ledger {

namespace {

constexpr std::size_t kMaxDepth = 1024;  // of open containers; a bitset replaces recursion

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

// The first quote, backslash or control character in [at, end).
const char* string_stop(const char* at, const char* end) noexcept {
#if defined(__SSE2__)
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i backslash = _mm_set1_epi8('\\');
  const __m128i control = _mm_set1_epi8(0x1F);
  while (end - at >= 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    // SSE2 has no unsigned comparison: the minimum of a byte and 0x1F is the byte only for a control character.
    const __m128i stops =
        _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash)),
                     _mm_cmpeq_epi8(_mm_min_epu8(bytes, control), bytes));
    const int mask = _mm_movemask_epi8(stops);
    if (mask != 0) return at + __builtin_ctz(static_cast<unsigned>(mask));
    at += 16;
  }
#endif
  while (at != end && *at != '"' && *at != '\\' && static_cast<unsigned char>(*at) >= 0x20) ++at;
  return at;
}

bool take_hex(const char*& at, const char* end, unsigned& value) noexcept {
  if (end - at < 4) return false;
  value = 0;
  for (int i = 0; i < 4; ++i, ++at) {
    const char c = *at;
    unsigned digit = 0;
    if (is_digit(c)) {
      digit = static_cast<unsigned>(c - '0');
    } else if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')) {
      digit = static_cast<unsigned>((c | 0x20) - 'a') + 10;
    } else {
      return false;
    }
    value = value * 16 + digit;
  }
  return true;
}

void append_utf8(std::string& text, unsigned c) {
  const auto byte = [&](unsigned value) { text += static_cast<char>(value); };
  if (c < 0x80) {
    byte(c);
  } else if (c < 0x800) {
    byte(0xC0 | (c >> 6));
    byte(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    byte(0xE0 | (c >> 12));
    byte(0x80 | ((c >> 6) & 0x3F));
    byte(0x80 | (c & 0x3F));
  } else {
    byte(0xF0 | (c >> 18));
    byte(0x80 | ((c >> 12) & 0x3F));
    byte(0x80 | ((c >> 6) & 0x3F));
    byte(0x80 | (c & 0x3F));
  }
}

// `raw` is a valid JSON string without its quotes.
void unescape(std::string_view raw, std::string& text) {
  text.clear();
  const char* at = raw.data();
  const char* const end = at + raw.size();
  while (at != end) {
    if (*at != '\\') {
      text += *at++;
      continue;
    }
    ++at;
    const char c = *at++;
    constexpr std::string_view kNames = "bfnrt";
    constexpr std::string_view kValues = "\b\f\n\r\t";
    if (const std::size_t name = kNames.find(c); name != kNames.npos) {
      text += kValues[name];
    } else if (c != 'u') {
      text += c;
    } else {
      unsigned unit = 0;
      unsigned low = 0;
      if (!take_hex(at, end, unit)) return;
      const char* after = at;
      if (unit >= 0xD800 && unit < 0xDC00 && end - at >= 6 && at[0] == '\\' && at[1] == 'u' &&
          take_hex(after += 2, end, low) && low >= 0xDC00 && low < 0xE000) {
        unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
        at = after;
      }
      // A surrogate without its other half has no form in UTF-8.
      append_utf8(text, unit >= 0xD800 && unit < 0xE000 ? 0xFFFD : unit);
    }
  }
}

}  // namespace

JsonCursor::Kind JsonCursor::kind() noexcept {
  blanks();
  if (at_ == end_) return Kind::kNone;
  switch (*at_) {
    case '{':
      return Kind::kObject;
    case '[':
      return Kind::kArray;
    case '"':
      return Kind::kString;
    case 't':
      return Kind::kTrue;
    case 'f':
      return Kind::kFalse;
    case 'n':
      return Kind::kNull;
    default:
      return *at_ == '-' || is_digit(*at_) ? Kind::kNumber : Kind::kNone;
  }
}

// A crash of the system can leave zero bytes behind a line.
bool JsonCursor::at_end() noexcept {
  while (at_ != end_ && (*at_ == ' ' || *at_ == '\t' || *at_ == '\r' || *at_ == '\n' || *at_ == '\0')) ++at_;
  return at_ == end_;
}

bool JsonCursor::literal(std::string_view word) noexcept {
  if (std::string_view(at_, static_cast<std::size_t>(end_ - at_)).substr(0, word.size()) != word)
    return false;
  at_ += word.size();
  return true;
}

bool JsonCursor::number(std::string_view& value) noexcept {
  blanks();
  const char* const begin = at_;
  const auto some_digits = [this] {
    const char* const first = at_;
    while (at_ != end_ && is_digit(*at_)) ++at_;
    return at_ != first;
  };
  if (at_ != end_ && *at_ == '-') ++at_;
  const bool zero = at_ != end_ && *at_ == '0';
  if (zero) ++at_;
  if (!zero && !some_digits()) return false;
  if (at_ != end_ && *at_ == '.') {
    ++at_;
    if (!some_digits()) return false;
  }
  if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) {
    ++at_;
    if (at_ != end_ && (*at_ == '+' || *at_ == '-')) ++at_;
    if (!some_digits()) return false;
  }
  value = {begin, static_cast<std::size_t>(at_ - begin)};
  return true;
}

bool JsonCursor::skip_string(bool& has_escapes) noexcept {
  has_escapes = false;
  while ((at_ = string_stop(at_, end_)) != end_) {
    if (*at_ == '"') {
      ++at_;
      return true;
    }
    if (*at_ != '\\' || end_ - at_ < 2) return false;
    has_escapes = true;
    const char c = at_[1];
    at_ += 2;
    if (c == 'u') {
      unsigned unit = 0;
      if (!take_hex(at_, end_, unit)) return false;
    } else if (std::string_view("\"\\/bfnrt").find(c) == std::string_view::npos) {
      return false;
    }
  }
  return false;
}

bool JsonCursor::string(std::string_view& value, std::string& scratch) {
  if (!take('"')) return false;
  const char* const begin = at_;
  bool has_escapes = false;
  if (!skip_string(has_escapes)) return false;
  value = {begin, static_cast<std::size_t>(at_ - 1 - begin)};
  if (has_escapes) {
    unescape(value, scratch);
    value = scratch;
  }
  return true;
}

bool JsonCursor::skip_scalar() noexcept {
  switch (kind()) {
    case Kind::kString: {
      ++at_;
      bool has_escapes = false;
      return skip_string(has_escapes);
    }
    case Kind::kNumber: {
      std::string_view value;
      return number(value);
    }
    case Kind::kTrue:
      return literal("true");
    case Kind::kFalse:
      return literal("false");
    case Kind::kNull:
      return literal("null");
    default:
      return false;
  }
}

bool JsonCursor::skip() noexcept {
  if (const Kind next = kind(); next != Kind::kObject && next != Kind::kArray) return skip_scalar();
  std::bitset<kMaxDepth> is_object;  // of the open values
  std::size_t depth = 0;
  bool needs_value = true;
  do {
    if (needs_value) {
      const Kind next = kind();
      if (next == Kind::kObject || next == Kind::kArray) {
        if (depth == kMaxDepth) return false;
        ++at_;
        is_object[depth++] = next == Kind::kObject;
        if (take(next == Kind::kObject ? '}' : ']')) {
          --depth;
          needs_value = false;
        }
      } else {
        if (!skip_scalar()) return false;
        needs_value = false;
      }
    } else if (take(is_object[depth - 1] ? '}' : ']')) {
      --depth;
      continue;
    } else {
      if (!take(',')) return false;
      needs_value = true;
    }
    if (needs_value && is_object[depth - 1]) {
      bool has_escapes = false;
      if (!take('"') || !skip_string(has_escapes) || !take(':')) return false;
    }
  } while (depth > 0);
  return true;
}

}  // namespace atm::ledger
