// SPDX-License-Identifier: MIT
#include "ingest/envelope.hpp"

#include <rapidcheck.h>

#include <atm/domain/utf8.hpp>
#include <atm/json.hpp>
#include <atm/protocol/client_message_reader.hpp>
#include <string>
#include <variant>

#include "support/catch.hpp"

using unix_socket::parse_ingest_envelope;

namespace {

std::string compact(std::string_view json) {
  atm::json::Reader reader;
  const atm::json::Value* root = reader.parse(json);
  if (root == nullptr) return "not JSON";
  atm::json::Buffer buffer;
  atm::json::Writer writer(buffer);
  root->Accept(writer);
  return std::string(atm::json::text_of(buffer));
}

}  // namespace

TEST_CASE("an ingest line is split in any order of its members", "[unix]") {
  const std::string line = GENERATE(
      R"({"type":"ingest","channel":"c/h","payload":{"a":"}"},"context":{"pid":1},"ack":true,"id":7})",
      R"( { "id" : 7 , "context":{"pid":1}, "payload" : {"a":"}"} ,"ack":true, "channel":"c/h", "type":"ingest" } )");
  const auto envelope = parse_ingest_envelope(line);
  REQUIRE(envelope);
  CHECK(envelope->channel == "c/h");
  CHECK(envelope->payload == R"({"a":"}"})");
  CHECK(envelope->context == R"({"pid":1})");
  CHECK(envelope->id == "7");
  CHECK(envelope->ack);
}

TEST_CASE("brackets and quotes inside strings are ignored", "[unix]") {
  const std::string payload = R"({"a":"\"}]","b":["{\\",{"c":"\\\\\""}]})";
  const std::string line = R"({"type":"ingest","channel":"c","payload":)" + payload + "}";
  const auto envelope = parse_ingest_envelope(line);
  REQUIRE(envelope);
  CHECK(envelope->payload == payload);
}

TEST_CASE("every line that is not plain is left to the full parse", "[unix]") {
  const std::string line = GENERATE(
      "", "{", "{}", "[]", R"({"type":"ping","seq":1})", R"({"type":"ingest"})",
      R"({"type":"ingest","channel":"c","payload":"text"})", R"({"type":"ingest","channel":"c","payload":7})",
      R"({"type":"ingest","channel":"c","payload":null})", R"({"type":"ingest","channel":"","payload":{}})",
      R"({"type":"ingest","channel":"a\u0062","payload":{}})",
      R"({"type":"\u0069ngest","channel":"c","payload":{}})",
      R"({"type":"ingest","channel":"c","payload":{},"payload":{}})",
      R"({"type":"ingest","channel":"c","payload":{},"type":"ping"})",
      R"({"type":"ingest","channel":"c","payload":{},"more":1})",
      R"({"type":"ingest","channel":"c","payload":{})", R"({"type":"ingest","channel":"c","payload":{}}})",
      R"({"type":"ingest","channel":"c","payload":{}} x)", R"({"type":"ingest","channel":"c","payload":{},})",
      R"({"type":"ingest","channel":"c","payload":{"a":"})",
      R"({"type":"ingest","channel":"c","payload":{"a":"\)",
      R"({"type":"ingest","channel":"c","payload":{},"id":01})",
      R"({"type":"ingest","channel":"c","payload":{},"id":1.5})",
      R"({"type":"ingest","channel":"c","payload":{},"id":-})",
      R"({"type":"ingest","channel":"c","payload":{},"id":"a\"b"})",
      R"({"type":"ingest","channel":"c","payload":{},"ack":1})",
      R"({"type":"ingest","channel":"c","payload":{},"context":[]})",
      R"({"type":"ingest","channel":"c","payload":\})");
  CHECK_FALSE(parse_ingest_envelope(line).has_value());
}

TEST_CASE("parse_ingest_envelope never reads beyond the line", "[unix]") {
  CHECK(rc::check([](const std::string& noise) {
    // Each prefix of a line, in memory of exactly its size, so that a sanitizer detects a read beyond it.
    const std::string line =
        R"({"type":"ingest","channel":"c","payload":{"a":")" + noise + R"("},"ack":true})";
    for (std::size_t size = 0; size <= line.size(); ++size) {
      const std::vector<char> exact(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(size));
      static_cast<void>(parse_ingest_envelope({exact.data(), exact.size()}));
    }
  }));
}

TEST_CASE("parse_ingest_envelope and the full parse agree", "[unix]") {
  CHECK(rc::check([](const std::string& key, const std::string& value, bool ack, int id) {
    std::string payload = "{";
    atm::protocol::append_quoted(payload, atm::utf8_sanitize(key));
    payload += ":[";
    atm::protocol::append_quoted(payload, atm::utf8_sanitize(value));
    payload += ",{\"n\":" + std::to_string(id) + "}]}";
    const std::string line = R"({"type":"ingest","channel":"c/h","payload":)" + payload +
                             ",\"id\":" + std::to_string(id) + ",\"ack\":" + (ack ? "true" : "false") + "}";
    const auto envelope = parse_ingest_envelope(line);
    RC_ASSERT(envelope.has_value());
    atm::protocol::ClientMessageReader reader;
    auto read = reader.read(line);
    const auto& request = std::get<atm::protocol::Request>(read);
    const auto& ingest = std::get<atm::protocol::Ingest>(request.message);
    RC_ASSERT(envelope->channel == ingest.channel);
    RC_ASSERT(compact(envelope->payload) == ingest.payload);
    RC_ASSERT(envelope->id == request.id.json());
    RC_ASSERT(envelope->ack == ingest.ack);
  }));
}
