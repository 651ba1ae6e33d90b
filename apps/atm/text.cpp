// SPDX-License-Identifier: MIT
#include "text.hpp"

#include <locale.h>
#include <wchar.h>

namespace atm::cli {

namespace {

constexpr char32_t kReplacement = 0xFFFD;
constexpr std::string_view kEllipsis = "…";

// wcwidth() follows the thread's locale; in "C" it knows ASCII only.
class Utf8Locale final {
 public:
  Utf8Locale() noexcept : previous_(shared() == nullptr ? nullptr : uselocale(shared())) {}
  ~Utf8Locale() {
    if (previous_ != nullptr) uselocale(previous_);
  }
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;

 private:
  static locale_t shared() noexcept {
    static const locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    return locale;
  }
  locale_t previous_;
};

// Invisible characters that change how the following text is shown.
bool reorders_text(char32_t c) noexcept {
  return c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x2028 && c <= 0x202E) ||
         (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF || (c >= 0xE0000 && c <= 0xE007F);
}

std::size_t sequence_length(unsigned char lead) noexcept {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  if (lead >= 0xF0 && lead <= 0xF4) return 4;
  return 0;
}

bool is_scalar(char32_t c, std::size_t length) noexcept {
  if (length == 3) return c >= 0x800 && (c < 0xD800 || c > 0xDFFF);
  if (length == 4) return c >= 0x10000 && c <= 0x10FFFF;
  return true;
}

// `unit` as the escape of a JSON string.
void append_escape(std::string& to, char32_t unit) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  to += "\\u";
  for (const int shift : {12, 8, 4, 0}) to += kDigits[(unit >> shift) & 15U];
}

// The length in bytes of the longest prefix of `text` that is at most `columns` wide.
std::size_t prefix_bytes(std::string_view text, std::size_t columns) noexcept {
  std::string_view rest = text;
  std::size_t used = 0;
  while (!rest.empty()) {
    std::string_view after = rest;
    const int width = character_width(take_character(after));
    used += width > 0 ? static_cast<std::size_t>(width) : 0;
    if (used > columns) break;
    rest = after;
  }
  return text.size() - rest.size();
}

// The longest suffix of `text` that is at most `columns` wide and does not begin with a zero-width character.
std::string_view suffix(std::string_view text, std::size_t columns) noexcept {
  std::size_t width = display_width(text);
  while (!text.empty()) {
    std::string_view after = text;
    const int first = character_width(take_character(after));
    if (width <= columns && first > 0) break;
    width -= first > 0 ? static_cast<std::size_t>(first) : 0;
    text = after;
  }
  return text;
}

}  // namespace

char32_t take_character(std::string_view& rest) noexcept {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(rest[at]); };
  const std::size_t length = sequence_length(byte(0));
  char32_t character = length < 2 ? byte(0) : byte(0) & (0x7FU >> length);
  bool valid = length != 0 && length <= rest.size();
  for (std::size_t i = 1; valid && i < length; ++i) {
    valid = (byte(i) & 0xC0U) == 0x80U;
    character = (character << 6) | (byte(i) & 0x3FU);
  }
  valid = valid && is_scalar(character, length);
  rest.remove_prefix(valid ? length : 1);
  return valid ? character : kReplacement;
}

int character_width(char32_t character) noexcept {
  if (character < 0x7F) return character < 0x20 ? -1 : 1;
  if (character < 0xA0 || reorders_text(character)) return -1;
  if (character == kReplacement) return 1;
  const Utf8Locale utf8;
  return wcwidth(static_cast<wchar_t>(character));
}

std::string terminal_safe(std::string_view text) {
  std::string safe;
  safe.reserve(text.size());
  while (!text.empty()) {
    const std::string_view before = text;
    const char32_t character = take_character(text);
    const std::string_view bytes = before.substr(0, before.size() - text.size());
    if (character == U'\n' || character == U'\r' || character == U'\t') {
      safe += ' ';
    } else if (character == kReplacement || character_width(character) < 0) {
      safe += "\uFFFD";
    } else {
      safe += bytes;
    }
  }
  return safe;
}

std::string terminal_safe_lines(std::string_view text) {
  std::string safe;
  safe.reserve(text.size());
  while (!text.empty()) {
    const std::size_t end = text.find_first_of("\n\t");
    std::string_view part = text.substr(0, end);
    const bool is_crlf = end != text.npos && text[end] == '\n' && part.ends_with('\r');
    if (is_crlf) part.remove_suffix(1);
    safe += terminal_safe(part);
    if (is_crlf) safe += '\r';
    if (end == text.npos) break;
    safe += text[end];
    text.remove_prefix(end + 1);
  }
  return safe;
}

std::string terminal_safe_json(std::string_view json) {
  std::string safe;
  safe.reserve(json.size());
  while (!json.empty()) {
    const std::string_view before = json;
    const char32_t character = take_character(json);
    const std::string_view bytes = before.substr(0, before.size() - json.size());
    const bool is_invalid = character == kReplacement && bytes.size() == 1;
    if (character == U'\n' || (!is_invalid && character_width(character) >= 0)) {
      safe += bytes;
    } else if (character > 0xFFFF) {
      append_escape(safe, 0xD800 + ((character - 0x10000) >> 10));
      append_escape(safe, 0xDC00 + ((character - 0x10000) & 0x3FF));
    } else {
      append_escape(safe, character);
    }
  }
  return safe;
}

std::size_t display_width(std::string_view text) noexcept {
  std::size_t columns = 0;
  while (!text.empty()) {
    const int width = character_width(take_character(text));
    if (width > 0) columns += static_cast<std::size_t>(width);
  }
  return columns;
}

std::string cut_end(std::string_view text, std::size_t columns) {
  if (display_width(text) <= columns) return std::string(text);
  if (columns == 0) return {};
  return std::string(text.substr(0, prefix_bytes(text, columns - 1))).append(kEllipsis);
}

std::string cut_middle(std::string_view text, std::size_t columns) {
  if (display_width(text) <= columns) return std::string(text);
  if (columns == 0) return {};
  const std::size_t kept = columns - 1;
  const std::size_t front = kept / 2;  // the end of a path is more informative than its beginning
  return std::string(text.substr(0, prefix_bytes(text, front)))
      .append(kEllipsis)
      .append(suffix(text, kept - front));
}

std::string pad_right(std::string text, std::size_t columns) {
  const std::size_t width = display_width(text);
  if (width < columns) text.append(columns - width, ' ');
  return text;
}

std::string pad_left(std::string text, std::size_t columns) {
  const std::size_t width = display_width(text);
  if (width < columns) text.insert(0, columns - width, ' ');
  return text;
}

std::string with_tilde(std::string_view path, std::string_view home) {
  while (home.size() > 1 && home.back() == '/') home.remove_suffix(1);
  const bool inside = home.size() > 1 && path.substr(0, home.size()) == home &&
                      (path.size() == home.size() || path[home.size()] == '/');
  return inside ? "~" + std::string(path.substr(home.size())) : std::string(path);
}

}  // namespace atm::cli
