// SPDX-License-Identifier: MIT
#include "text.hpp"

#include <rapidcheck.h>

#include "support/catch.hpp"

namespace atm::cli {
namespace {

TEST_CASE("an ASCII character takes one column", "[text]") {
  CHECK(display_width("") == 0);
  CHECK(display_width("/home/dev") == 9);
}

TEST_CASE("wide characters take two columns and combining ones none, in every locale", "[text]") {
  CHECK(display_width("日本語") == 6);
  CHECK(display_width("e\u0301") == 1);
  CHECK(display_width("naïve") == 5);
  CHECK(display_width("🚀") == 2);
}

TEST_CASE("no control character reaches the terminal", "[text]") {
  CHECK(terminal_safe("a\x1b]0;owned\x07z") == "a\uFFFD]0;owned\uFFFDz");
  CHECK(terminal_safe("\x1b[2J") == "\uFFFD[2J");
  CHECK(terminal_safe("\u009b31m") == "\uFFFD31m");  // CSI in one character
  CHECK(terminal_safe("del\x7f") == "del\uFFFD");
  CHECK(terminal_safe("two\nlines\tand\rmore") == "two lines and more");
}

TEST_CASE("characters that reorder text are replaced", "[text]") {
  CHECK(terminal_safe("exe.\u202Etxt") == "exe.\uFFFDtxt");
  CHECK(terminal_safe("\u2066x\u2069") == "\uFFFDx\uFFFD");
}

TEST_CASE("invalid UTF-8 bytes are replaced one by one", "[text]") {
  CHECK(terminal_safe("a\xff\xc3z") == "a\uFFFD\uFFFDz");
  CHECK(terminal_safe("\xc0\xaf") == "\uFFFD\uFFFD");            // overlong
  CHECK(terminal_safe("\xed\xa0\x80") == "\uFFFD\uFFFD\uFFFD");  // surrogate
  CHECK(terminal_safe("\xe6\x97") == "\uFFFD\uFFFD");            // cut short
}

TEST_CASE("a cluster whose width terminals disagree about becomes its base character or U+FFFD", "[text]") {
  CHECK(terminal_safe("x➡\uFE0Fy") == "x➡y");                            // selected as an emoji
  CHECK(terminal_safe("\U0001F468\u200D\U0001F469z") == "\uFFFDz");      // joined
  CHECK(terminal_safe("\U0001F1E9\U0001F1EA") == "\uFFFD\uFFFD");        // a flag
  CHECK(terminal_safe("\U0001FAEA\uE000") == "\uFFFD\uFFFD");            // unassigned in Unicode 14, private
  CHECK(terminal_safe("e\u0301\u0302\u0303\u0304") == "e\u0301\u0302");  // at most two marks
  CHECK(terminal_safe("\u0301x") == "\uFFFDx");                          // a mark without a base
  CHECK(terminal_safe("日本 \U0001F600 น้ำ") == "日本 \U0001F600 น้ำ");
  CHECK(display_width("日本 \U0001F600 e\u0301") == 9);
}

TEST_CASE("line feeds and tabs are kept in multi-line text", "[text]") {
  CHECK(terminal_safe_lines("a\tb\r\nc\rd\x1b[1m\n\u009b") == "a\tb\r\nc d\uFFFD[1m\n\uFFFD");
  CHECK(terminal_safe_lines("\n\n") == "\n\n");
  CHECK(terminal_safe_lines("").empty());
}

TEST_CASE("JSON keeps its value, and characters that control a terminal are escaped", "[text]") {
  CHECK(terminal_safe_json("[\"a\u009b\x7f\u202e\u2066é日\"]\n") ==
        "[\"a\\u009b\\u007f\\u202e\\u2066é日\"]\n");
  CHECK(terminal_safe_json("\"\U000E0041\"") == "\"\\udb40\\udc41\"");
  CHECK(terminal_safe_json("\"\xff\"") == "\"\\ufffd\"");
  CHECK(terminal_safe_json("\"\uFFFD\"") == "\"\uFFFD\"");
}

TEST_CASE("safe text is unchanged by a second pass and has a width", "[text]") {
  CHECK(rc::check("terminal_safe is idempotent and leaves only printable text", [](const std::string& bytes) {
    const std::string safe = terminal_safe(bytes);
    RC_ASSERT(terminal_safe(safe) == safe);
    std::string_view rest = safe;
    while (!rest.empty()) RC_ASSERT(character_width(take_character(rest)) >= 0);
  }));
}

TEST_CASE("a cut text is not wider than the limit", "[text]") {
  CHECK(rc::check("cut_end and cut_middle fit the width", [](const std::string& bytes) {
    const std::string text = terminal_safe(bytes + "日本e\u0301" + bytes);
    const auto columns = *rc::gen::inRange<std::size_t>(0, 30);
    RC_ASSERT(display_width(cut_end(text, columns)) <= columns);
    RC_ASSERT(display_width(cut_middle(text, columns)) <= columns);
    RC_ASSERT(display_width(cut_path(text, columns)) <= columns);
    RC_ASSERT(terminal_safe(cut_middle(text, columns)) == cut_middle(text, columns));
  }));
}

TEST_CASE("a cut falls between characters", "[text]") {
  CHECK(cut_end("abcdef", 4) == "abc…");
  CHECK(cut_end("abcd", 4) == "abcd");
  CHECK(cut_end("日本語", 4) == "日…");  // half a character is none
  CHECK(cut_end("abc", 0).empty());
}

TEST_CASE("a path is cut in its middle, and more of its end is kept", "[text]") {
  CHECK(cut_middle("/home/dev/some/project", 12) == "/home…roject");
  CHECK(cut_middle("/home/日本語/project", 9) == "/hom…ject");
  CHECK(cut_middle("abc", 3) == "abc");
  CHECK(cut_middle("abcdef", 1) == "…");
}

TEST_CASE("a path is cut on its left at a separator", "[text]") {
  CHECK(cut_path("/home/dev/some/project", 15) == "…/some/project");
  CHECK(cut_path("/home/dev/some/project", 14) == "…/some/project");
  CHECK(cut_path("/home/dev/some/project", 13) == "…/project");
  CHECK(cut_path("/home/dev/some/project", 8) == "…project");
  CHECK(cut_path("/home/dev/some/project", 5) == "…ject");
  CHECK(cut_path("/a/project/", 8) == "…roject/");
  CHECK(cut_path("/a", 2) == "/a");
  CHECK(cut_path("/abc", 0).empty());
}

TEST_CASE("padding counts columns, not bytes", "[text]") {
  CHECK(pad_right("日本", 6) == "日本  ");
  CHECK(pad_left("é", 3) == "  é");
  CHECK(pad_right("long", 2) == "long");
}

TEST_CASE("the home directory becomes a tilde, and its siblings do not", "[text]") {
  CHECK(with_tilde("/home/dev", "/home/dev") == "~");
  CHECK(with_tilde("/home/dev/x", "/home/dev/") == "~/x");
  CHECK(with_tilde("/home/developer", "/home/dev") == "/home/developer");
  CHECK(with_tilde("/srv", "") == "/srv");
  CHECK(with_tilde("/srv", "/") == "/srv");
}

}  // namespace
}  // namespace atm::cli
