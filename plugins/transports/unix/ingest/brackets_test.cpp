// SPDX-License-Identifier: MIT
#include "ingest/brackets.hpp"

#include <rapidcheck.h>

#include <string>
#include <vector>

#include "support/catch.hpp"

using unix_socket::bracketed_size;

namespace {

/// The reference implementation, byte by byte.
std::size_t expected(const std::string& text) {
  if (text.empty() || (text[0] != '{' && text[0] != '[')) return 0;
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (in_string) {
      if (text[i] == '\\')
        ++i;
      else if (text[i] == '"')
        in_string = false;
    } else if (text[i] == '"') {
      in_string = true;
    } else if (text[i] == '{' || text[i] == '[') {
      ++depth;
    } else if ((text[i] == '}' || text[i] == ']') && --depth == 0) {
      return i + 1;
    }
  }
  return 0;
}

}  // namespace

TEST_CASE("bracketed_size agrees with the byte-by-byte reference at every block boundary", "[unix]") {
  CHECK(rc::check([] {
    const auto body =
        *rc::gen::scale(6.0, rc::gen::container<std::string>(rc::gen::weightedElement<char>({{20, 'a'},
                                                                                             {6, '"'},
                                                                                             {2, '\\'},
                                                                                             {3, '{'},
                                                                                             {3, '}'},
                                                                                             {2, '['},
                                                                                             {2, ']'},
                                                                                             {1, '\x1b'},
                                                                                             {1, '\xfb'}})));
    const std::string text = '{' + body;
    // Memory of exactly the size of the text, so that a sanitizer detects a read beyond it.
    const std::vector<char> exact(text.begin(), text.end());
    RC_ASSERT(bracketed_size({exact.data(), exact.size()}) == expected(text));
  }));
}

TEST_CASE("bracketed_size handles values of every length around the block size", "[unix]") {
  for (std::size_t size = 0; size < 300; ++size) {
    const std::string value = "{\"" + std::string(size, 'x') + "\":[{}]}";
    CHECK(bracketed_size(value + ",}") == value.size());
    CHECK(bracketed_size(value.substr(0, value.size() - 1)) == 0);
    const std::string escaped = "{\"" + std::string(size, 'x') + "\\\"}\":[{}]}";
    CHECK(bracketed_size(escaped + "]") == escaped.size());
  }
}

TEST_CASE("text without an opening bracket has the bracketed size 0", "[unix]") {
  CHECK(bracketed_size("") == 0);
  CHECK(bracketed_size("}") == 0);
  CHECK(bracketed_size("\"{}\"") == 0);
  CHECK(bracketed_size(" {}") == 0);
}
