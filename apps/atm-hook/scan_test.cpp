// SPDX-License-Identifier: MIT
#include "scan.h"

#include <rapidcheck.h>

#include <string>
#include <vector>

#include "scan_test_support.hpp"
#include "support/catch.hpp"

namespace {

std::string quoted(const std::string& content) {
  return '"' + content + '"';
}

std::string repeat(const std::string& unit, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += unit;
  return text;
}

std::string nested(std::size_t depth) {
  return repeat("[", depth) + repeat("]", depth);
}

// Random bytes with a raised share of JSON structure.
rc::Gen<std::string> bytes() {
  static const std::string likely =
      "{}[]:,\"\\ \n\t0123456789eE+-.truefalsnbu\xC3\xA9\xF0\x9F\x98\x80\xED\xA0\xEF\xBB\xBF";
  return rc::gen::container<std::string>(
      rc::gen::weightedOneOf<char>({{4, rc::gen::elementOf(likely)}, {1, rc::gen::arbitrary<char>()}}));
}

using Choices = std::vector<std::uint8_t>;

}  // namespace

TEST_CASE("a small document is unchanged except for white space") {
  CHECK(scan("{\r\n  \"a\" : [ 1, -2.5e3, true, false, null, \"x\" ],\n\t\"b\": { }\n}\n").text ==
        R"({"a":[1,-2.5e3,true,false,null,"x"],"b":{}})");
  CHECK(scan(" 12 ").text == "12");
  CHECK(scan("\"text\"").text == "\"text\"");
  CHECK(scan("[]").text == "[]");
  CHECK(scan("[[],{}]").text == "[[],{}]");
}

TEST_CASE("a byte order mark is skipped, once and only at the start") {
  CHECK(scan("\xEF\xBB\xBF{}").text == "{}");
  CHECK_FALSE(scan("\xEF\xBB\xBF\xEF\xBB\xBF{}").is_json);
  CHECK_FALSE(scan(" \xEF\xBB\xBF{}").is_json);
  CHECK_FALSE(scan("\xEF\xBB{}").is_json);
}

TEST_CASE("input that is not one JSON document is detected") {
  const auto bad = GENERATE(values<std::string>(
      {"",     " ",     "{",       "}",           "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "[1,]",
       "[,1]", "[1 2]", "{1:2}",   "[}",          "{]",      "nul",      "nulll",      "True",
       "01",   "-",     "1.",      ".5",          "1e",      "1e+",      "+1",         "0x1",
       "NaN",  "\"a",   "\"\\x\"", "\"\\u12g4\"", "{} {}",   "[1]x",     "'a'",        "{\"a\":1 \"b\":2}",
       "hello"}));
  CAPTURE(bad);
  const Scanned scanned = scan(bad);
  CHECK_FALSE(scanned.is_json);
  CHECK(is_valid_json(scanned.text));
  CHECK(scanned.text.front() == '"');
}

TEST_CASE("WIRE-B1: a NUL does not end a document") {
  using namespace std::string_literals;
  for (const std::string& bad : {"{}\0"s, "{}\0{}"s, "\0{}"s, "[1\0]"s, "7\0"s, "true\0"s}) {
    CAPTURE(bad);
    CHECK_FALSE(scan(bad).is_json);
  }
}

TEST_CASE("a string of 1 KiB stays whole, and one more byte makes it cut and noted") {
  const std::string whole = "{\"a\":" + quoted(std::string(1024, 'x')) + "}";
  CHECK(scan(whole).text == whole);
  CHECK(scan(whole).notes == "{}");

  const Scanned cut = scan("{\"a\":" + quoted(std::string(1025, 'x')) + "}");
  CHECK(cut.text == whole);
  CHECK(cut.notes == "{\"/a\":1025}");
  CHECK(cut.cut_count == 1);
}

TEST_CASE("a cut falls between characters of any length") {
  const auto unit = GENERATE(values<std::string>({"\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\\n",
                                                  "\\u20ac", "\\uD83D\\uDE00", "\n", "\x01", "\xFF"}));
  const auto offset = GENERATE(range(0, 12));
  CAPTURE(unit, offset);
  const std::string content = std::string(static_cast<std::size_t>(offset), 'x') + repeat(unit, 600);
  const Scanned scanned = scan(quoted(content));
  REQUIRE(scanned.is_json);
  CHECK(is_valid_json(scanned.text));
  CHECK(scanned.text.size() <= 1024 + 2);
  CHECK(scanned.text.size() > 1024 + 2 - 12);
  CHECK(scanned.notes == "{\"\":" + std::to_string(content.size()) + "}");
}

TEST_CASE("half a surrogate pair becomes the replacement character") {
  CHECK(scan(R"("\ud83d")").text == "\"\xEF\xBF\xBD\"");
  CHECK(scan(R"("\ud83dx")").text == "\"\xEF\xBF\xBDx\"");
  CHECK(scan(R"("\ud83d\n")").text == "\"\xEF\xBF\xBD\\n\"");
  CHECK(scan(R"("\ude00")").text == "\"\xEF\xBF\xBD\"");
  CHECK(scan(R"("\ud83d\ud83d\ude00")").text == "\"\xEF\xBF\xBD\\ud83d\\ude00\"");
  CHECK(scan("\"\\ud83d\xC3\xA9\"").text == "\"\xEF\xBF\xBD\xC3\xA9\"");
}

TEST_CASE("ill-formed UTF-8 becomes the replacement character and its neighbours stay") {
  CHECK(scan("\"a\xFFz\"").text == "\"a\xEF\xBF\xBDz\"");
  CHECK(scan("\"a\xE2\x82z\"").text == "\"a\xEF\xBF\xBDz\"");
  CHECK(scan("\"\xE2\x82\"").text == "\"\xEF\xBF\xBD\"");
  CHECK(scan("\"\xE2\\n\"").text == "\"\xEF\xBF\xBD\\n\"");
  CHECK(scan("\"\xE2\xC3\xA9\"").text == "\"\xEF\xBF\xBD\xC3\xA9\"");
  CHECK(scan("\"\xC0\xAF\"").text == "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");
  CHECK(is_valid_json(scan("\"\xED\xA0\x80 \xF4\x90\x80\x80\"").text));
}

TEST_CASE("raw control characters in a string cannot break the line") {
  CHECK(scan("\"a\nb\r\x01\"").text == "\"a\\nb\\r\\u0001\"");
  CHECK(scan(std::string("\"a\0b\"", 5)).text == "\"a\\u0000b\"");
}

TEST_CASE("a cut value is identified by its JSON Pointer") {
  const std::string big = quoted(std::string(2000, 'x'));
  CHECK(scan("{\"t\":{\"c\":" + big + ",\"d\":[0," + big + "]},\"e\":" + big + "}").notes ==
        R"({"/t/c":2000,"/t/d/1":2000,"/e":2000})");
  CHECK(scan("{\"a/b~c\":" + big + "}").notes == R"({"/a~1b~0c":2000})");
  CHECK(scan("{\"a\\/b\\u002fc\\u007e\":" + big + "}").notes == R"({"/a~1b~1c~0":2000})");
  CHECK(scan("{\"q\\\"\\n\":" + big + "}").notes == R"({"/q\"\n":2000})");
}

TEST_CASE("sixteen cuts are noted and all are counted") {
  const std::string big = quoted(std::string(2000, 'x'));
  const Scanned scanned = scan("[" + big + repeat("," + big, 29) + "]");
  CHECK(scanned.cut_count == 30);
  CHECK(is_valid_json(scanned.notes));
  CHECK(scanned.notes.find("\"/15\":2000") != std::string::npos);
  CHECK(scanned.notes.find("\"/16\"") == std::string::npos);
}

TEST_CASE("a cut value with a too long pointer is counted, and its neighbour is still noted") {
  const std::string big = quoted(std::string(2000, 'x'));
  const Scanned scanned =
      scan("{" + quoted(std::string(500, 'k')) + ":{\"a\":" + big + "},\"b\":" + big + "}");
  CHECK(scanned.notes == R"({"/b":2000})");
  CHECK(scanned.cut_count == 2);
}

TEST_CASE("a long key is cut like a value") {
  const Scanned scanned = scan("{" + quoted(std::string(5000, 'k')) + ":1}");
  CHECK(scanned.text == "{" + quoted(std::string(1024, 'k')) + ":1}");
  CHECK(scanned.cut_count == 1);
}

TEST_CASE("a number that a double cannot hold becomes null") {
  CHECK(scan("[1e400,1]").text == "[null,1]");
  CHECK(scan("[" + std::string(65, '9') + "]").text == "[null]");
  CHECK(scan("[" + std::string(64, '9') + "]").text == "[" + std::string(64, '9') + "]");
  CHECK(scan("[5e-324]").text == "[5e-324]");
  CHECK(scan("[1e400]").cut_count == 1);
}

TEST_CASE("nesting is written 48 deep, parsed 65536 deep and refused beyond") {
  CHECK(scan(nested(48)).text == nested(48));
  CHECK(scan(nested(49)).text == nested(48));
  CHECK(scan(nested(10000)).text == nested(48));
  CHECK(scan(nested(10000)).elided_count == 1);
  CHECK(scan(nested(65536)).is_json);
  CHECK_FALSE(scan(nested(65537)).is_json);
  CHECK(scan(repeat("{\"a\":", 10000) + "1" + repeat("}", 10000)).is_json);
  CHECK_FALSE(scan(repeat("[", 10000) + repeat("]", 9999) + "}").is_json);
}

TEST_CASE("members of the top level survive large nested values") {
  std::string text = "{\"big\":{\"list\":[0";
  for (int i = 1; i < 200000; ++i) text += ",\"element " + std::to_string(i) + "\"";
  text += "],\"beside\":1},\"session_id\":\"s\"}";
  const Scanned scanned = scan(text);
  REQUIRE(is_valid_json(scanned.text));
  CHECK(scanned.text.size() < 70 << 10);
  CHECK(scanned.text.find("],\"beside\":1},\"session_id\":\"s\"}") != std::string::npos);
  CHECK(scanned.elided_count > 100000);
}

TEST_CASE("the result is bounded even if the top level is unbounded") {
  const auto member = GENERATE(values<std::string>({"\"key\":1", "\"k\":{\"a\":{\"b\":[1,2,3]}}"}));
  std::string text = "{\"session_id\":\"s\"";
  while (text.size() < 3 << 20) text += "," + member;
  const Scanned scanned = scan(text + "}");
  REQUIRE(scanned.is_json);
  CHECK(is_valid_json(scanned.text));
  CHECK(scanned.text.size() < HOOK_SCAN_CAPACITY);
  CHECK(scanned.elided_count > 0);
}

TEST_CASE("omitted parts are still parsed: an error in them is an error") {
  CHECK_FALSE(scan(repeat("[", 70) + "tru" + repeat("]", 70)).is_json);
  CHECK_FALSE(scan(quoted(std::string(2000, 'x') + "\\x")).is_json);
  CHECK_FALSE(scan(repeat("[", 70) + "\"a\\u12\"" + repeat("]", 70)).is_json);
}

TEST_CASE("law: a small document keeps its meaning") {
  CHECK(rc::check([](const Choices& choices) {
    const std::string json = json_from(choices, 100);
    RC_PRE(json.size() < 60000U);
    RC_ASSERT(is_valid_json(json));
    const Scanned scanned = scan(json);
    RC_ASSERT(scanned.is_json);
    RC_ASSERT(is_same_document(json, scanned.text));
    RC_ASSERT(scanned.notes == "{}");
  }));
}

TEST_CASE("law: valid JSON in, valid JSON out, in bounds, and a second scan changes nothing") {
  CHECK(rc::check([](const Choices& choices) {
    const std::string json = json_from(choices, 5000);
    const Scanned scanned = scan(json);
    RC_ASSERT(scanned.is_json);
    RC_ASSERT(is_valid_json(scanned.text));
    RC_ASSERT(is_valid_json(scanned.notes));
    RC_ASSERT(longest_string(scanned.text) <= std::size_t{HOOK_STRING_MAX});
    RC_ASSERT(deepest_nesting(scanned.text) <= std::size_t{HOOK_DEPTH_MAX});
    const Scanned again = scan(scanned.text);
    RC_ASSERT(again.text == scanned.text);
    RC_ASSERT(again.cut_count == 0U);
  }));
}

TEST_CASE("law: any bytes become one line of valid JSON, and all that RapidJSON accepts is accepted") {
  CHECK(rc::check([] {
    const std::string input = *bytes();
    const Scanned scanned = scan(input);
    RC_ASSERT(is_valid_json(scanned.text));
    RC_ASSERT(scanned.text.find('\n') == std::string::npos);
    if (is_valid_json(input)) RC_ASSERT(scanned.is_json);
  }));
}

TEST_CASE("law: the split of the input does not change the result") {
  CHECK(rc::check([](const Choices& choices, const std::vector<std::uint8_t>& sizes, bool is_torn) {
    std::string input = is_torn ? *bytes() : json_from(choices, 3000);
    const std::vector<std::size_t> pieces(sizes.begin(), sizes.end());
    const Scanned whole = scan(input);
    const Scanned divided = scan(input, pieces);
    const Scanned bytewise = scan(input, {1});
    RC_ASSERT(divided.text == whole.text);
    RC_ASSERT(divided.notes == whole.notes);
    RC_ASSERT(bytewise.text == whole.text);
    RC_ASSERT(bytewise.notes == whole.notes);
    RC_ASSERT(bytewise.cut_count == whole.cut_count);
  }));
}
