// SPDX-License-Identifier: MIT
#include "event_type.hpp"

namespace claude_code {

namespace {

constexpr std::string_view kPrefix = "claude_code.";

constexpr bool is_upper(char c) noexcept {
  return c >= 'A' && c <= 'Z';
}
constexpr bool is_lower(char c) noexcept {
  return c >= 'a' && c <= 'z';
}
constexpr bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

}  // namespace

PassThroughType::PassThroughType(std::string_view event_name) noexcept {
  for (const char c : kPrefix) put(c);
  const auto at = [event_name](std::size_t i) { return i < event_name.size() ? event_name[i] : '\0'; };
  for (std::size_t i = 0; i < event_name.size(); ++i) {
    const char c = event_name[i];
    const char before = i > 0 ? at(i - 1) : '\0';
    // "MCPServer" has two words: an upper-case letter starts a word if one of its neighbours shows that.
    const bool is_word_start = is_upper(c) && (is_lower(before) || is_digit(before) || is_lower(at(i + 1)));
    const bool is_separator = !is_upper(c) && !is_lower(c) && !is_digit(c);
    const bool may_separate = size_ > kPrefix.size() && text_[size_ - 1] != '_';
    if ((is_word_start || is_separator) && may_separate) put('_');
    if (!is_separator) put(is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c);
  }
  while (size_ > kPrefix.size() && text_[size_ - 1] == '_') --size_;
  if (size_ == kPrefix.size()) {
    for (const char c : std::string_view("unnamed")) put(c);
  }
}

}  // namespace claude_code
