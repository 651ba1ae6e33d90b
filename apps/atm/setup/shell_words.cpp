// SPDX-License-Identifier: MIT
#include "shell_words.hpp"

#include <atm/posix/shell_word.hpp>

namespace atm::cli::setup {

namespace {

constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./+:@%,-";

}  // namespace

std::string shell_word(std::string_view text) {
  const bool is_plain = !text.empty() && text.find_first_not_of(kPlain) == text.npos;
  return is_plain ? std::string(text) : posix::shell_quoted(text);
}

std::optional<std::string> take_shell_word(std::string_view& rest) {
  std::string word;
  std::size_t at = 0;
  while (at < rest.size() && std::string_view(" \t\n;").find(rest[at]) == std::string_view::npos) {
    if (rest[at] == '\'') {
      const std::size_t end = rest.find('\'', at + 1);
      if (end == rest.npos) return std::nullopt;
      word += rest.substr(at + 1, end - at - 1);
      at = end + 1;
    } else if (rest[at] == '\\' && at + 1 < rest.size()) {
      word += rest[at + 1];
      at += 2;
    } else if (kPlain.find(rest[at]) != kPlain.npos) {
      word += rest[at++];
    } else {
      return std::nullopt;
    }
  }
  if (at == 0) return std::nullopt;
  rest.remove_prefix(at);
  return word;
}

}  // namespace atm::cli::setup
