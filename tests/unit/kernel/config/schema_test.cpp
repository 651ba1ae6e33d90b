// SPDX-License-Identifier: MIT
#include "lib/config/schema.hpp"

#include "support/catch.hpp"

using atm::Mismatch;
using atm::Schema;

namespace {

constexpr std::string_view kSchema = R"({
  "type": "object", "additionalProperties": false, "required": ["name", "size"],
  "properties": {
    "name": {"type": "string", "minLength": 2, "description": "the name of the thing"},
    "size": {"type": "integer", "minimum": 1, "maximum": 9},
    "mode": {"enum": ["slow", "fast"]},
    "list": {"type": "array", "items": {"type": "integer"}},
    "deep": {"type": "object", "additionalProperties": false, "properties": {"flag": {"type": "boolean"}}}
  }
})";

std::vector<std::string> problems(std::string_view json) {
  std::string error;
  const auto schema = Schema::parse(kSchema, error);
  REQUIRE(schema.has_value());
  std::vector<std::string> lines;
  for (const Mismatch& m : schema->validate(json)) {
    lines.push_back(m.key() + " | " + m.found + " | " + m.wanted + " | " + m.remedy);
  }
  return lines;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("a valid document has no mismatch", "[schema]") {
  CHECK(problems(R"({"name":"ab","size":3,"mode":"fast","list":[1,2],"deep":{"flag":true}})").empty());
}

TEST_CASE("every mismatch is found in one pass, in document order", "[schema]") {
  CHECK(problems(R"({"nmae":1,"size":"big","mode":"middle","deep":{"flags":1,"flag":3}})") ==
        Lines{"nmae | an unknown key | one of name, size, mode, list, deep | did you mean name?",
              "size | \"big\" (text) | an integer | ", "mode | \"middle\" (text) | slow or fast | ",
              "deep.flags | an unknown key | one of flag | did you mean flag?",
              "deep.flag | 3 (an integer) | true or false | ",
              "name | missing | text | add the name of the thing"});
}

TEST_CASE("a mismatch names the number of the limit", "[schema]") {
  CHECK(problems(R"({"name":"a","size":0})") ==
        Lines{"name | \"a\" (text) | at least 2 characters | the name of the thing",
              "size | 0 (an integer) | at least 1 | "});
  CHECK(problems(R"({"name":"ab","size":10})") == Lines{"size | 10 (an integer) | at most 9 | "});
}

TEST_CASE("elements of a list keep their index", "[schema]") {
  CHECK(problems(R"({"name":"ab","size":1,"list":["a",1,"b",2,true]})") ==
        Lines{"list[0] | \"a\" (text) | an integer | ", "list[2] | \"b\" (text) | an integer | ",
              "list[4] | true (a boolean) | an integer | "});
}

TEST_CASE("a value of the wrong type is not reported as missing, too", "[schema]") {
  CHECK(problems(R"({"name":7,"size":1})") == Lines{"name | 7 (an integer) | text | the name of the thing"});
}

TEST_CASE("a document that is not an object or not JSON is one mismatch", "[schema]") {
  CHECK(problems("[]") == Lines{" | [] (a list) | a table | "});
  CHECK(problems("{").size() == 1);
}

TEST_CASE("the number of mismatches is limited", "[schema]") {
  std::string json = R"({"name":"ab","size":1,"list":[)";
  for (int i = 0; i < 1000; ++i) json += "true,";
  json += "1]}";
  CHECK(problems(json).size() == 64);
}

TEST_CASE("a schema that is not a JSON object is refused", "[schema]") {
  std::string error;
  CHECK_FALSE(Schema::parse("[1]", error).has_value());
  CHECK(error == "not a JSON object");
  CHECK_FALSE(Schema::parse("{", error).has_value());
}
