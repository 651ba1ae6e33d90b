// SPDX-License-Identifier: MIT
#include <atm/posix/shell_word.hpp>

namespace atm::posix {

std::string shell_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out += '\'';
}

}  // namespace atm::posix
