// SPDX-License-Identifier: MIT
// The compatibility promise: conversations recorded with an earlier daemon, replayed with this one.
#include "wire_conversation.hpp"

#include <algorithm>
#include <map>

#include "support/catch.hpp"
#include "wire_client.hpp"

using namespace atm::test;
namespace fs = std::filesystem;

namespace {

std::vector<fs::path> conversations() {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(ATM_TEST_CONVERSATIONS)) {
    if (entry.path().extension() == ".conversation") found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

void act(Wire& wire, const Step& step) {
  switch (step.kind) {
    case Step::Kind::kSend:
      return wire.send(step.text);
    case Step::Kind::kHangUp:
      return wire.half_close();
    case Step::Kind::kClosed:
      CHECK(wire.is_closed_by_daemon());
      return;
    case Step::Kind::kExpect:
      const auto line = wire.line();
      REQUIRE(line.has_value());
      INFO(*line);
      CHECK(difference(step.text, *line).empty());
  }
}

}  // namespace

TEST_CASE("every recorded conversation gets the recorded answers", "[wire][conversation]") {
  const auto all = conversations();
  REQUIRE(all.size() >= 10);
  for (const fs::path& file : all) {
    DYNAMIC_SECTION(file.stem().string()) {
      const ServedDaemon daemon;
      std::map<std::string, Wire> clients;
      for (const Step& step : read_conversation(file)) {
        INFO(file.filename().string() << ":" << step.line << ": " << step.text);
        // A client connects at its first line.
        act(clients.try_emplace(step.client, daemon).first->second, step);
      }
    }
  }
}

TEST_CASE("a pattern ignores the members that it does not name, and nothing else", "[wire][conversation]") {
  const char* const message = R"({"a":1,"b":{"c":"x","d":[1,{"e":null}]},"t":"2026-01-02T03:04:05.678Z"})";
  for (const char* fits : {"{}", R"({"a":1})", R"({"b":{"d":[1,{}]}})", R"({"b":{"d":["<number>","<any>"]}})",
                           R"({"t":"<time>","b":{"c":"<text>"},"z":"<absent>"})"})
    CHECK(difference(fits, message).empty());
  CHECK(difference(R"({"a":2})", message) == "/a is 1, wanted 2");
  CHECK(difference(R"({"z":1})", message) == "/z is not there, wanted 1");
  CHECK(difference(R"({"a":"<absent>"})", message) == "/a is 1, wanted none");
  CHECK_FALSE(difference(R"({"b":{"d":[1]}})", message).empty());
  CHECK(difference(R"({"b":{"d":[1,{"e":0}]}})", message) == "/b/d/1/e is null, wanted 0");
  CHECK_FALSE(difference(R"({"b":{"c":"<time>"}})", message).empty());
  CHECK_FALSE(difference("{}", "nonsense").empty());
}

TEST_CASE("an invalid conversation file is refused by its line", "[wire][conversation]") {
  const TempDir dir;
  CHECK_THROWS_WITH(read_conversation(dir.file("bad", "# one\n> {}\nhello\n")),
                    Catch::Contains("bad:3: 'hello'"));
  CHECK_THROWS(read_conversation(dir.file("empty", "# nothing\n")));
}
