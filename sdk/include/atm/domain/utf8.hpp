// SPDX-License-Identifier: MIT
// UTF-8 as defined by The Unicode Standard 15, table 3-7: no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace atm {

namespace detail {

/// The unit at the beginning of a text: a well-formed character of `length` bytes, or the longest ill-formed run (1 to
/// 3 bytes) that the standard replaces by one U+FFFD.
struct Utf8Step {
  std::size_t length = 1;
  bool valid = false;
};

/// Examines the first unit of `text`, which must not be empty.
[[nodiscard]] constexpr Utf8Step utf8_step(std::string_view text) noexcept {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  // ASCII, the most frequent case.
  if (lead < 0x80) return {1, true};
  // C0 and C1 begin overlong forms only; F5 and above lie beyond U+10FFFF.
  if (lead < 0xC2 || lead > 0xF4) return {1, false};
  const std::size_t wanted = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  // The range of the second byte excludes overlong forms (E0, F0), surrogates (ED) and values above U+10FFFF (F4).
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
  if (lead == 0xE0) low = 0xA0;
  if (lead == 0xED) high = 0x9F;
  if (lead == 0xF0) low = 0x90;
  if (lead == 0xF4) high = 0x8F;
  for (std::size_t i = 1; i < wanted; ++i) {
    // A character that is cut short ends where its valid bytes end.
    if (i == text.size() || byte(i) < low || byte(i) > high) return {i, false};
    low = 0x80;
    high = 0xBF;
  }
  return {wanted, true};
}

/// Length of the ASCII run at the beginning of `text`, in bytes.
///
/// It tests eight bytes at a time: most text is ASCII, and validation is on the path of every record. The last block
/// may overlap bytes that were tested before.
[[nodiscard]] inline std::size_t ascii_prefix(std::string_view text) noexcept {
  constexpr std::uint64_t kHighBits = 0x8080808080808080U;
  constexpr std::size_t kBlock = sizeof(std::uint64_t);
  const auto is_ascii = [&text](std::size_t at) {
    std::uint64_t block = 0;
    // memcpy: the text need not be aligned.
    std::memcpy(&block, text.data() + at, kBlock);
    return (block & kHighBits) == 0;
  };
  std::size_t at = 0;
  while (text.size() - at >= kBlock && is_ascii(at)) at += kBlock;
  // The rest is shorter than a block: test the last eight bytes of the text.
  if (at != 0 && text.size() - at < kBlock && is_ascii(text.size() - kBlock)) return text.size();
  while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) ++at;
  return at;
}

}  // namespace detail

/// Whether the whole text is well-formed. NUL counts as a character; the empty text is valid. [any]
[[nodiscard]] inline bool utf8_valid(std::string_view text) noexcept {
  for (;;) {
    text.remove_prefix(detail::ascii_prefix(text));
    if (text.empty()) return true;
    const detail::Utf8Step step = detail::utf8_step(text);
    if (!step.valid) return false;
    text.remove_prefix(step.length);
  }
}

/// The text with each ill-formed run replaced by U+FFFD. The result is always well-formed; a well-formed text is
/// unchanged. [any]
[[nodiscard]] inline std::string utf8_sanitize(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t plain = detail::ascii_prefix(text);
    out.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) break;
    const detail::Utf8Step step = detail::utf8_step(text);
    out.append(step.valid ? text.substr(0, step.length) : std::string_view("\xEF\xBF\xBD"));
    text.remove_prefix(step.length);
  }
  return out;
}

/// Whether `at` (0 to size) is on a character boundary of a well-formed text. An index beyond the end counts as a
/// boundary. [any]
[[nodiscard]] constexpr bool utf8_is_boundary(std::string_view text, std::size_t at) noexcept {
  return at >= text.size() || (static_cast<unsigned char>(text[at]) & 0xC0U) != 0x80U;
}

/// The longest prefix of at most `max_bytes` bytes that ends on a character boundary. In an ill-formed text it may end
/// anywhere, but never after `max_bytes`. A view into `text`. [any]
[[nodiscard]] constexpr std::string_view utf8_cut(std::string_view text, std::size_t max_bytes) noexcept {
  if (text.size() <= max_bytes) return text;
  // A character has at most three bytes after its first.
  constexpr std::size_t kLongestTail = 3;
  for (std::size_t back = 0; back <= kLongestTail && back <= max_bytes; ++back) {
    if (utf8_is_boundary(text, max_bytes - back)) return text.substr(0, max_bytes - back);
  }
  return text.substr(0, max_bytes);
}

}  // namespace atm
