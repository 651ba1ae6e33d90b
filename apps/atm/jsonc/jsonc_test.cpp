// SPDX-License-Identifier: MIT
#include "json_string.hpp"
#include "jsonc_edit.hpp"
#include "support/catch.hpp"

namespace atm::cli::jsonc {
namespace {

std::string error_of(const std::string& text) {
  const auto tree = JsonTree::scan(text);
  return tree ? "" : tree.error().message;
}

// The text after `entries` were inserted into the container of that name (empty: the root), checked.
std::string with(const std::string& text, const std::string& name, const std::vector<NewEntry>& entries) {
  const auto tree = JsonTree::scan(text);
  REQUIRE(tree);
  JsonEdits edits;
  edits.inserted[name.empty() ? 0 : *tree->member(0, name)] = entries;
  std::string after = apply(*tree, edits);
  CHECK(check_edits(*tree, edits, after));
  return after;
}

std::string without(const std::string& text, const std::vector<std::string>& names) {
  const auto tree = JsonTree::scan(text);
  REQUIRE(tree);
  JsonEdits edits;
  for (const std::string& name : names) edits.removed.insert(*tree->member(0, name));
  std::string after = apply(*tree, edits);
  CHECK(check_edits(*tree, edits, after));
  return after;
}

const NewEntry kNew{"n", "1"};

TEST_CASE("an error in malformed text names line and column") {
  CHECK(error_of("{\n  \"a\": 1\n  \"b\": 2\n}") == "3:3: found '\"', expected ',' or '}'");
  CHECK(error_of("{\"a\":}") == "1:6: found '}', expected a value");
  CHECK(error_of("{\"a\" 1}") == "1:6: found '1', expected ':'");
  CHECK(error_of("{a: 1}") == "1:2: found 'a', expected a key in quotes or '}'");
  CHECK(error_of("{\"a\": \"b\nc\"}") == "1:9: a line end or control character in a string");
  CHECK(error_of("{\"a\": \"b") == "1:9: a string without end");
  CHECK(error_of("{} /* open") == "1:4: a comment without end");
  CHECK(error_of("{} {}") == "1:4: text after the end of the value");
  CHECK(error_of("{") == "1:2: found the end of the file, expected a key in quotes or '}'");
  CHECK(error_of("{,}") == "1:2: found ',', expected a key in quotes or '}'");
  CHECK(error_of("[1,,2]") == "1:4: found ',', expected a value");
  CHECK(error_of("[01]") == "1:3: found '1', expected ',' or ']'");
  CHECK(error_of("[\"\\ud800x\"]") == "1:3: half a surrogate pair");
  CHECK(error_of("[\"\\q\"]") == "1:3: an invalid escape");
  CHECK(error_of("\xEF\xBB\xBF{x") == "1:2: found 'x', expected a key in quotes or '}'");
}

TEST_CASE("nesting is bounded by a limit, not by the stack") {
  CHECK(error_of(std::string(500, '[') + std::string(500, ']')).empty());
  CHECK(error_of(std::string(1'000'000, '[')) == "1:501: nested deeper than 500 levels");
}

TEST_CASE("escapes of a string are decoded and encoded") {
  CHECK(decode_string(R"("a\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00")") == "a\"\\/\b\f\n\r\t\u00e9\U0001F600");
  CHECK(encode_string("a\"\\\n\x01\u00e9") == "\"a\\\"\\\\\\n\\u0001\u00e9\"");
}

TEST_CASE("the last of two members with one name counts") {
  const auto tree = JsonTree::scan(R"({"a":1,"\u0061":2})");
  REQUIRE(tree);
  CHECK(tree->raw(*tree->member(0, "a")) == "2");
}

TEST_CASE("a new entry is a separate line before the others") {
  CHECK(with("{\n  \"a\": 1\n}\n", "", {kNew}) == "{\n  \"n\": 1,\n  \"a\": 1\n}\n");
  CHECK(with("{\r\n\t\"a\": 1\r\n}", "", {kNew}) == "{\r\n\t\"n\": 1,\r\n\t\"a\": 1\r\n}");
  CHECK(with("{ // top\n  \"a\": 1 // end\n}", "", {kNew}) == "{ // top\n  \"n\": 1,\n  \"a\": 1 // end\n}");
  CHECK(with("{ /* a\n b */ \"a\": 1\n}", "", {kNew}) == "{ /* a\n b */ \"n\": 1, \"a\": 1\n}");
  CHECK(with("{\n    \"h\": {\n        \"x\": []\n    }\n}", "h", {kNew}) ==
        "{\n    \"h\": {\n        \"n\": 1,\n        \"x\": []\n    }\n}");
}

TEST_CASE("entries of an empty container get separate lines, and those of a one-line container do not") {
  CHECK(with("{}\n", "", {kNew, kNew}) == "{\n  \"n\": 1,\n  \"n\": 1\n}\n");
  CHECK(with("{\n}\n", "", {kNew}) == "{\n  \"n\": 1\n}\n");
  CHECK(with("{\n\t\"h\": {}\n}", "h", {kNew}) == "{\n\t\"h\": {\n\t\t\"n\": 1\n\t}\n}");
  CHECK(with("{\"a\":1}", "", {kNew}) == "{\"n\": 1, \"a\":1}");
  CHECK(with("{\"h\":{}}", "h", {kNew}) == "{\"h\":{\"n\": 1}}");
  CHECK(with("{\n  \"h\": {}, // c\n}", "h", {{"o", "", {kNew, kNew}}}) ==
        "{\n  \"h\": {\n    \"o\": {\n      \"n\": 1,\n      \"n\": 1\n    }\n  }, // c\n}");
}

TEST_CASE("an entry is removed with its line, and comments stay") {
  CHECK(without("{\n  \"a\": 1,\n  \"b\": 2\n}", {"a"}) == "{\n  \"b\": 2\n}");
  CHECK(without("{\n  \"a\": 1,\n  \"b\": 2\n}", {"b"}) == "{\n  \"a\": 1\n}");
  CHECK(without("{\n  \"a\": 1,\n  \"b\": 2,\n}", {"b"}) == "{\n  \"a\": 1,\n}");
  CHECK(without("{\n  \"a\": 1, // of a\n  \"b\": 2 // of b\n}", {"b"}) ==
        "{\n  \"a\": 1 // of a\n   // of b\n}");
  CHECK(without("{\"a\":1, \"b\":2}", {"a"}) == "{\"b\":2}");
  CHECK(without("{\"a\":1, \"b\":2}", {"b"}) == "{\"a\":1}");
  CHECK(without("{\"a\":1 /* x */, \"b\":2}", {"a"}) == "{ /* x */ \"b\":2}");
  CHECK(without("{\n  \"a\": 1,\n  \"b\": 2\n}", {"a", "b"}) == "{}");
}

TEST_CASE("text that two parsers read differently is not written") {
  const auto tree = JsonTree::scan("{\"a\": 1}");
  REQUIRE(tree);
  JsonEdits edits;
  edits.inserted[0] = {kNew};
  CHECK_FALSE(check_edits(*tree, edits, "{\"a\": 1}"));
  CHECK_FALSE(check_edits(*tree, edits, "{\"a\": 1, \"n\": 1}"));
  CHECK_FALSE(check_edits(*tree, edits, "{\"n\": 1, \"a\": 2}"));
  CHECK_FALSE(check_edits(*tree, edits, "{\"n\": 1 \"a\": 1}"));
  CHECK(check_edits(*tree, edits, "{\"n\": 1, \"a\": 1}"));
  // A number beyond double: the other parser refuses it.
  const auto huge = JsonTree::scan("{\"a\": 1e999}");
  CHECK_FALSE(check_edits(*huge, edits, apply(*huge, edits)));
}

}  // namespace
}  // namespace atm::cli::jsonc
