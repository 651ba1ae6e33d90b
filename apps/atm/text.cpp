// SPDX-License-Identifier: MIT
#include "text.hpp"

#include <utf8proc.h>

#include <array>

namespace atm::cli {

namespace {

constexpr char32_t kReplacement = 0xFFFD;
constexpr std::string_view kEllipsis = "…";

// Invisible characters that change how the following text is shown.
bool reorders_text(char32_t c) noexcept {
  return c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x2028 && c <= 0x202E) ||
         (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF || (c >= 0xE0000 && c <= 0xE007F);
}

// Characters that join, select or modify others, and those without an agreed form: private and unassigned ones. The
// width of what a terminal draws for them is unknown.
bool is_doubtful(char32_t c) noexcept {
  if ((c >= 0xFE00 && c <= 0xFE0F) || (c >= 0x1F1E6 && c <= 0x1F1FF) || (c >= 0x1F3FB && c <= 0x1F3FF))
    return true;
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(c))) {
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_CS:
      return true;
    default:
      return false;
  }
}

bool is_mark(char32_t c) noexcept {
  const auto category = utf8proc_category(static_cast<utf8proc_int32_t>(c));
  return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_ME;
}

// Appends the grapheme cluster at the beginning of `rest` as characters of known width: a base character, at most two
// marks, and further characters that have a width of their own.
void append_cluster(std::string& to, std::string_view& rest) {
  constexpr int kMostMarks = 2;
  const std::string_view begin = rest;
  char32_t last = take_character(rest);
  const int width = character_width(last);
  if (last == kReplacement || is_doubtful(last) || width <= 0) {
    to += "\uFFFD";
    return;
  }
  std::string simple(begin.substr(0, begin.size() - rest.size()));
  utf8proc_int32_t state = 0;
  bool is_simplified = false;
  for (int marks = 0; !rest.empty();) {
    std::string_view after = rest;
    const char32_t next = take_character(after);
    if (utf8proc_grapheme_break_stateful(static_cast<utf8proc_int32_t>(last),
                                         static_cast<utf8proc_int32_t>(next), &state) != 0)
      break;
    const std::string_view bytes = rest.substr(0, rest.size() - after.size());
    if (is_mark(next) && !is_doubtful(next)) {
      if (++marks <= kMostMarks) simple += bytes;
    } else if (!is_simplified && !is_doubtful(next) && character_width(next) > 0) {
      break;  // it has a cell of its own
    } else {
      is_simplified = true;
    }
    rest = after;
    last = next;
  }
  to += is_simplified && width != 1 ? "\uFFFD" : simple;
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
  return is_mark(character) ? 0 : utf8proc_charwidth(static_cast<utf8proc_int32_t>(character));
}

std::string terminal_safe(std::string_view text) {
  std::string safe;
  safe.reserve(text.size());
  while (!text.empty()) {
    const auto byte = static_cast<unsigned char>(text[0]);
    const bool is_ascii = byte < 0x7F && (text.size() == 1 || static_cast<unsigned char>(text[1]) < 0x80);
    if (byte == '\n' || byte == '\r' || byte == '\t') {
      safe += ' ';
      text.remove_prefix(1);
    } else if (is_ascii && byte >= 0x20) {
      safe += text[0];
      text.remove_prefix(1);
    } else {
      append_cluster(safe, text);
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

std::string cut_path(std::string_view path, std::size_t columns) {
  if (display_width(path) <= columns) return std::string(path);
  if (columns == 0) return {};
  const std::string_view kept = suffix(path, columns - 1);
  const std::size_t separator = kept.find('/');
  const bool has_name = separator != kept.npos && separator + 1 < kept.size();
  return std::string(kEllipsis).append(has_name ? kept.substr(separator) : kept);
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

void append_character(std::string& text, char32_t character) {
  std::array<utf8proc_uint8_t, 4> bytes{};
  const auto size = utf8proc_encode_char(static_cast<utf8proc_int32_t>(character), bytes.data());
  for (utf8proc_ssize_t i = 0; i < size; ++i) text += static_cast<char>(bytes[static_cast<std::size_t>(i)]);
}

std::string folded_case(std::string_view text) {
  std::string folded;
  folded.reserve(text.size());
  while (!text.empty()) {
    const auto character = static_cast<utf8proc_int32_t>(take_character(text));
    append_character(folded, static_cast<char32_t>(utf8proc_tolower(character)));
  }
  return folded;
}

std::string with_tilde(std::string_view path, std::string_view home) {
  while (home.size() > 1 && home.back() == '/') home.remove_suffix(1);
  const bool inside = home.size() > 1 && path.substr(0, home.size()) == home &&
                      (path.size() == home.size() || path[home.size()] == '/');
  return inside ? "~" + std::string(path.substr(home.size())) : std::string(path);
}

}  // namespace atm::cli
