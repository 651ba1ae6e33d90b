// SPDX-License-Identifier: MIT
#include <rapidcheck.h>
#include <atm/json.hpp>

#include "support/catch.hpp"

namespace json = atm::json;

namespace {
std::string nested(std::size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}
}  // namespace

TEST_CASE("a document is read and its members are typed", "[sdk][json]") {
  json::Reader reader;
  const json::Value* root =
      reader.parse(R"({"s":"x","i":3,"d":1.5,"whole":4.0,"b":true,"n":null,"o":{},"a":[],"t":"7"})");
  REQUIRE(root != nullptr);
  CHECK(json::get_string(*root, "s") == "x");
  CHECK(json::get_int(*root, "i") == 3);
  CHECK(json::get_int(*root, "whole") == 4);
  CHECK_FALSE(json::get_int(*root, "d"));
  CHECK_FALSE(json::get_int(*root, "t"));
  CHECK(json::get_double(*root, "i") == 3.0);
  CHECK(json::get_bool(*root, "b") == true);
  CHECK(json::find(*root, "n") == nullptr);
  CHECK(json::get_object(*root, "o") != nullptr);
  CHECK(json::get_object(*root, "a") == nullptr);
  CHECK(json::get_array(*root, "a") != nullptr);
}

TEST_CASE("WIRE-F5: nesting is limited to 64 levels", "[sdk][json]") {
  json::Reader reader;
  CHECK(reader.parse(nested(json::kMaxDepth)) != nullptr);
  CHECK(reader.parse(nested(json::kMaxDepth + 1)) == nullptr);
  CHECK(reader.error() == "nested deeper than 64 levels");
  CHECK(reader.parse(nested(1'000'000)) == nullptr);
  CHECK(reader.parse(std::string(1'000'000, '[')) == nullptr);
}

TEST_CASE("invalid UTF-8 is refused before it is parsed", "[sdk][json]") {
  json::Reader reader;
  CHECK(reader.parse("\"\xff\"") == nullptr);
  CHECK(reader.error() == "not valid UTF-8");
}

TEST_CASE("an escaped half of a surrogate pair is read as U+FFFD", "[sdk][json]") {
  json::Reader reader;
  const auto read = [&reader](std::string_view text) {
    const json::Value* root = reader.parse(text);
    INFO(text << ": " << reader.error());
    REQUIRE(root != nullptr);
    return std::string(json::text_of(*root));
  };
  CHECK(read(R"("\ud83d\ude00")") == "\U0001F600");
  CHECK(read(R"("a\ud83d")") == "a\uFFFD");
  CHECK(read(R"("\uD83Db")") == "\uFFFDb");
  CHECK(read(R"("\ude00\ud83d")") == "\uFFFD\uFFFD");
  CHECK(read(R"("\ud83d\ud83d\ude00")") == "\uFFFD\U0001F600");
  CHECK(read(R"("\\ud83d")") == "\\ud83d");  // a backslash and text
  CHECK(read(R"("\\\ud83d")") == "\\\uFFFD");
  CHECK(reader.parse(R"("\ud83)") == nullptr);
  CHECK(reader.parse("\"\\") == nullptr);
}

TEST_CASE("any escaped units give well-formed text", "[sdk][json]") {
  CHECK(rc::check([](const std::vector<bool>& kinds) {
    std::string text = "\"";
    for (const bool high : kinds) {
      text += "\\u";
      text += *rc::gen::element('d', 'D');
      text += high ? *rc::gen::element('8', 'b', 'B') : *rc::gen::element('0', 'c', 'F');
      text += "0a";
    }
    json::Reader reader;
    const json::Value* root = reader.parse(text + '"');
    RC_ASSERT(root != nullptr);
    RC_ASSERT(atm::utf8_valid(json::text_of(*root)));
  }));
}

TEST_CASE("an error contains the position", "[sdk][json]") {
  json::Reader reader;
  CHECK(reader.parse(R"({"a":1,})") == nullptr);
  CHECK(reader.error() == "missing a name for object member at byte 7");
  CHECK(reader.parse("{} {}") == nullptr);
  CHECK(reader.parse("") == nullptr);
}

TEST_CASE("text with NUL characters keeps its length", "[sdk][json]") {
  json::Reader reader;
  const json::Value* root = reader.parse(R"({"s":"a\u0000b"})");
  REQUIRE(root != nullptr);
  CHECK(json::get_string(*root, "s") == std::string_view("a\0b", 3));
}

TEST_CASE("arbitrary bytes never crash the reader, which stays usable", "[sdk][json]") {
  CHECK(rc::check([](const std::string& bytes) {
    json::Reader reader;
    static_cast<void>(reader.parse(bytes));
    const json::Value* root = reader.parse("[1]");
    RC_ASSERT(root != nullptr && root->Size() == 1u);
  }));
}
