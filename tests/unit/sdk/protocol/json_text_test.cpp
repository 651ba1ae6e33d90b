// SPDX-License-Identifier: MIT
#include <rapidcheck.h>

#include <atm/json.hpp>
#include <atm/protocol/error_code.hpp>
#include <atm/protocol/json_text.hpp>
#include <cstdint>
#include <limits>
#include <string>

#include "support/catch.hpp"

TEST_CASE("a quoted text survives RapidJSON, including control characters", "[protocol]") {
  CHECK(rc::check([](const std::string& bytes) {
    const std::string text = atm::utf8_sanitize(bytes);
    std::string json = "[";
    atm::protocol::append_quoted(json, text);
    json += ']';
    atm::json::Reader reader;
    const atm::json::Value* root = reader.parse(json);
    RC_ASSERT(root != nullptr);
    RC_ASSERT(std::string(atm::json::text_of((*root)[0])) == text);
    RC_ASSERT(json.find('\n') == std::string::npos);
  }));
}

TEST_CASE("the writer escapes every character that needs it, at any position of a text", "[protocol]") {
  for (char c = 0; c < 0x7f; ++c) {
    for (std::size_t at = 0; at < 48; ++at) {
      std::string text(at % 5 + 48, '\x7f');
      text[at] = c;
      atm::json::Buffer buffer;
      atm::json::Writer writer(buffer);
      atm::json::string(writer, text);
      const std::string_view json = atm::json::text_of(buffer);
      const bool is_plain = c >= 0x20 && c != '"' && c != '\\';
      CHECK((json.size() == text.size() + 2) == is_plain);
      atm::json::Reader reader;
      const atm::json::Value* root = reader.parse(json);
      REQUIRE(root != nullptr);
      CHECK(atm::json::text_of(*root) == text);
    }
  }
}

TEST_CASE("the writer separates values and members, and writes what JSON cannot express as null",
          "[protocol]") {
  atm::json::Buffer buffer;
  atm::json::Writer writer(buffer);
  writer.StartObject();
  atm::json::key(writer, "list");
  writer.StartArray();
  writer.EndArray();
  atm::json::key(writer, "values");
  writer.StartArray();
  writer.Int64(INT64_MIN);
  writer.Uint64(UINT64_MAX);
  writer.Double(0.1);
  writer.Double(-1e300);
  writer.Double(std::numeric_limits<double>::infinity());
  writer.Bool(false);
  writer.StartObject();
  writer.EndObject();
  atm::json::string(writer, "a\vb\n");
  writer.EndArray();
  writer.EndObject();
  CHECK(
      atm::json::text_of(buffer) ==
      R"({"list":[],"values":[-9223372036854775808,18446744073709551615,0.1,-1e300,null,false,{},"a\u000Bb\n"]})");
}

TEST_CASE("NUL and DEL survive quoting", "[protocol]") {
  std::string json;
  atm::protocol::append_quoted(json, std::string_view("a\0b\x7f", 4));
  CHECK(json == "\"a\\u0000b\x7f\"");
}

TEST_CASE("every wire error is read from its name, and an unknown name is none", "[protocol]") {
  using namespace atm::protocol;
  for (std::size_t i = 0; i < kWireErrorNames.size(); ++i) {
    const auto code = static_cast<WireError>(i);
    CHECK(parse_wire_error(wire_error_name(code)) == code);
  }
  CHECK_FALSE(parse_wire_error("no_such_code").has_value());
}
