// SPDX-License-Identifier: MIT
#include <rapidcheck.h>

#include <array>
#include <atm/domain/utf8.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"

namespace {

void append_encoded(std::string& out, std::uint32_t code) {
  const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
  if (code < 0x80) return put(code);
  if (code < 0x800) {
    put(0xC0U | code >> 6U);
  } else {
    if (code < 0x10000) {
      put(0xE0U | code >> 12U);
    } else {
      put(0xF0U | code >> 18U);
      put(0x80U | (code >> 12U & 0x3FU));
    }
    put(0x80U | (code >> 6U & 0x3FU));
  }
  put(0x80U | (code & 0x3FU));
}

std::string encode(const std::vector<std::uint32_t>& codes) {
  std::string text;
  for (const std::uint32_t code : codes) append_encoded(text, code);
  return text;
}

/// A second implementation for comparison: decodes by bit counts, encodes the number again, compares.
bool valid_by_decoding(std::string_view text) {
  while (!text.empty()) {
    const auto lead = static_cast<unsigned char>(text[0]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xC0 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (length == 0 || lead >= 0xF8 || text.size() < length) return false;
    std::uint32_t code = length == 1 ? lead : lead & (0x7FU >> length);
    for (std::size_t i = 1; i < length; ++i)
      code = code << 6U | (static_cast<unsigned char>(text[i]) & 0x3FU);
    std::string again;
    append_encoded(again, code);
    if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF) || again != text.substr(0, length))
      return false;
    text.remove_prefix(length);
  }
  return true;
}

rc::Gen<std::string> any_bytes() {
  return rc::gen::arbitrary<std::string>();
}

rc::Gen<std::string> any_utf8() {
  const auto code = rc::gen::oneOf(
      rc::gen::inRange<std::uint32_t>(0, 0x80), rc::gen::inRange<std::uint32_t>(0x80, 0x800),
      rc::gen::inRange<std::uint32_t>(0x800, 0xD800), rc::gen::inRange<std::uint32_t>(0xE000, 0x110000));
  return rc::gen::map(rc::gen::container<std::vector<std::uint32_t>>(code), encode);
}

}  // namespace

TEST_CASE("utf8: every sequence of up to four bytes at the edges of table 3-7 is judged as by decoding it") {
  constexpr std::array<unsigned char, 22> kEdges{0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0,
                                                 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xEC, 0xED,
                                                 0xEF, 0xF0, 0xF3, 0xF4, 0xF5, 0xFF};
  std::size_t disagreements = 0;
  for (const unsigned char a : kEdges) {
    for (const unsigned char b : kEdges) {
      for (const unsigned char c : kEdges) {
        for (const unsigned char d : kEdges) {
          const std::array<char, 4> bytes{static_cast<char>(a), static_cast<char>(b), static_cast<char>(c),
                                          static_cast<char>(d)};
          for (std::size_t length = 1; length <= bytes.size(); ++length) {
            const std::string_view text(bytes.data(), length);
            if (atm::utf8_valid(text) != valid_by_decoding(text)) ++disagreements;
          }
        }
      }
    }
  }
  CHECK(disagreements == 0);
}

TEST_CASE("utf8: a bad byte is found at any position of a block of eight") {
  for (std::size_t size = 0; size < 40; ++size) {
    const std::string text(size, 'a');
    CHECK(atm::utf8_valid(text));
    for (std::size_t at = 0; at < size; ++at) {
      std::string broken = text;
      broken[at] = '\x80';
      CHECK_FALSE(atm::utf8_valid(broken));
    }
  }
}

TEST_CASE("utf8: each ill-formed run becomes one replacement character") {
  // The example of The Unicode Standard, table 3-11.
  CHECK(atm::utf8_sanitize("\x61\xF1\x80\x80\xE1\x80\xC2\x62\x80\x63\x80\xBF\x64") ==
        "a\uFFFD\uFFFD\uFFFDb\uFFFDc\uFFFD\uFFFDd");
  CHECK(atm::utf8_sanitize("\xED\xA0\x80") == "\uFFFD\uFFFD\uFFFD");
  CHECK(atm::utf8_sanitize("caf\xC3") == "caf\uFFFD");
  CHECK(atm::utf8_sanitize("").empty());
}

TEST_CASE("utf8: a cut steps back over a character that does not fit") {
  CHECK(atm::utf8_cut("abc", 3) == "abc");
  CHECK(atm::utf8_cut("abc", 2) == "ab");
  CHECK(atm::utf8_cut("a\u00E9", 2) == "a");
  CHECK(atm::utf8_cut("\u20AC\u20AC", 5) == "\u20AC");
  CHECK(atm::utf8_cut("\U0001F600", 3).empty());
  CHECK(atm::utf8_cut("\u00E9", 0).empty());
}

TEST_CASE("utf8: laws") {
  CHECK(rc::check("validation agrees with decoding", [] {
    const std::string text = *any_bytes();
    RC_ASSERT(atm::utf8_valid(text) == valid_by_decoding(text));
  }));
  CHECK(rc::check("encoded text is valid and sanitizing leaves it unchanged", [] {
    const std::string text = *any_utf8();
    RC_ASSERT(atm::utf8_valid(text));
    RC_ASSERT(atm::utf8_sanitize(text) == text);
  }));
  CHECK(rc::check("sanitized text is valid, and sanitizing it again changes nothing", [] {
    const std::string once = atm::utf8_sanitize(*any_bytes() + *any_utf8() + *any_bytes());
    RC_ASSERT(atm::utf8_valid(once));
    RC_ASSERT(atm::utf8_sanitize(once) == once);
  }));
  CHECK(rc::check("a cut is the longest valid prefix that fits", [] {
    const std::string text = *any_utf8();
    const std::size_t max = *rc::gen::inRange<std::size_t>(0, text.size() + 2);
    const std::string_view cut = atm::utf8_cut(text, max);
    RC_ASSERT(text.starts_with(cut));
    RC_ASSERT(cut.size() <= max);
    RC_ASSERT(atm::utf8_valid(cut));
    for (std::size_t longer = cut.size() + 1; longer <= max && longer <= text.size(); ++longer) {
      RC_ASSERT_FALSE(atm::utf8_valid(std::string_view(text).substr(0, longer)));
    }
  }));
  CHECK(rc::check("a cut of any bytes never exceeds its limit", [] {
    const std::string text = *any_bytes();
    const std::size_t max = *rc::gen::inRange<std::size_t>(0, text.size() + 2);
    RC_ASSERT(atm::utf8_cut(text, max).size() <= max);
  }));
}
