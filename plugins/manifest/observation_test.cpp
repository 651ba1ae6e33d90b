// SPDX-License-Identifier: MIT
#include "observation.hpp"

#include <atm/plugin/entry.hpp>
#include <atm/testing.hpp>
#include <string>

#include "manifest.hpp"
#include "support/catch.hpp"

using atm::Status;
using atm::testing::OwnedValue;

namespace {

constexpr std::int64_t kNow = 1'800'000'000'000'000'000;  // 2027-01-15T08:00:00Z

struct Observations {
  atm::testing::ParseResult parse(std::string payload, atm::testing::OwnedAttrs context = {}) {
    return plugin.parse({"mine/observation", std::move(payload), std::move(context), kNow});
  }
  std::string complaint(std::string payload, atm::testing::OwnedAttrs context = {}) {
    const auto result = parse(std::move(payload), std::move(context));
    CHECK(result.status == Status::kInvalid);
    return result.error;
  }

  atm::testing::FakeHost host;
  atm::testing::PluginInstance plugin{atm::detail::Entry<manifest::Manifest>::kPlugin, host};
};

const atm::testing::OwnedAttrs kProcess{{"pid", std::int64_t{7}}, {"start_ticks", std::int64_t{9}}};

}  // namespace

TEST_CASE_METHOD(Observations,
                 "WIRE-O1, WIRE-O6: an agent without a manifest states one observation or several",
                 "[observation]") {
  const auto one =
      parse(R"({"type":"tool.started","session_id":"s","actor":"a","attrs":{"tool":"Bash","x":null}})");
  REQUIRE(one.observations.size() == 1);
  CHECK(one.observations[0].agent == "mine");
  CHECK(one.observations[0].actor == "a");
  CHECK(one.observations[0].attrs.at("tool") == OwnedValue(std::string("Bash")));
  CHECK(one.observations[0].time_ns == kNow);
  const auto two = parse(
      R"([{"type":"session.started","session_id":"s","time":"2027-01-15T07:59:00Z","attrs":{"cwd":"/w"}},
          {"type":"mine.own","session_id":"s"},{"type":"status.reported","session_id":"t",
           "attrs":{"context.used_percentage":5}}])",
      kProcess);
  REQUIRE(two.observations.size() == 5);  // two sessions, each bound once
  CHECK(two.observations[0].type == "process.bound");
  CHECK(two.observations[1].time_ns == kNow - 60'000'000'000);
  CHECK(two.observations[2].type == "mine.own");
  CHECK(two.observations[3].type == "process.bound");
  CHECK(two.observations[4].attrs.at("context.used_percentage") == OwnedValue(5.0));
  CHECK(parse("[]").status == Status::kSkip);
}

TEST_CASE_METHOD(Observations, "an end and a weak observation bind no process", "[observation]") {
  CHECK(parse(R"({"type":"session.ended","session_id":"s"})", kProcess).observations.size() == 1);
  CHECK(parse(R"({"type":"turn.finished","session_id":"s","attrs":{"weak":true,"outcome":"ok"}})", kProcess)
            .observations.size() == 1);
}

TEST_CASE_METHOD(
    Observations,
    "WIRE-O1, WIRE-O3, WIRE-O4, WIRE-O6: a false statement is refused with what was found and expected",
    "[observation]") {
  CHECK(
      complaint(R"("text")") ==
      "mine/observation: found text, expected an observation, a JSON object; see docs/specs/observations.md");
  CHECK(complaint(R"({"session_id":"s"})").find("found no text as type") != std::string::npos);
  for (const char* const type : {"attention.raised", "attention.acknowledged", "process.exited",
                                 "session.replaced", "other.own", "mine.", "mine.Own", "tool.begun", ""}) {
    CAPTURE(type);
    CHECK(complaint(R"({"session_id":"s","type":")" + std::string(type) + "\"}")
              .find("expected a type of the") != std::string::npos);
  }
  const auto with = [&](const std::string& members) {
    return complaint(R"({"type":"session.started","session_id":"s",)" + members + "}", kProcess);
  };
  CHECK(with(R"("agent":"claude_code")").find("found another agent") != std::string::npos);
  CHECK(with(R"("actor":7)").find("no usable actor") != std::string::npos);
  CHECK(with(R"("time":"2027-01-15T10:00:00Z")").find("more than an hour away") != std::string::npos);
  CHECK(with(R"("time":"2027-01-14T08:00:00Z")").find("more than an hour away") != std::string::npos);
  CHECK(with(R"("time":5)").find("RFC 3339") != std::string::npos);
  CHECK(with(R"("attrs":[])").find("an array as attrs") != std::string::npos);
  CHECK(with(R"("attrs":{"cwd":5})").find("a number as cwd, expected text") != std::string::npos);
  CHECK(with(R"("attrs":{"x":{}})").find("an object as x") != std::string::npos);
  CHECK(with(R"("attrs":{"X y":1})").find("dotted snake case") != std::string::npos);
  CHECK(with(R"("attrs":{"late":true})").find("attribute late") != std::string::npos);
  CHECK(with(R"("attrs":{"pid":7})").find("pid in session.started") != std::string::npos);
  CHECK(complaint(R"({"type":"process.bound","session_id":"s","attrs":{"pid":8,"start_ticks":1}})", kProcess)
            .find("found pid 8, expected 7, the process of the record") != std::string::npos);
  CHECK(complaint(R"({"type":"notice","session_id":""})").find("no usable session_id") != std::string::npos);
}

TEST_CASE_METHOD(Observations, "WIRE-O5: a record of the past may state an older time", "[observation]") {
  const auto result = parse(
      R"({"type":"turn.finished","session_id":"s","time":"2027-01-10T08:00:00Z","attrs":{"recorded":true,"outcome":"ok"}})");
  REQUIRE(result.observations.size() == 1);
  CHECK(result.observations[0].time_ns < kNow);
}

TEST_CASE_METHOD(Observations, "too many observations or attributes are refused", "[observation]") {
  std::string many = "[";
  for (int i = 0; i < 257; ++i)
    many += std::string(i > 0 ? "," : "") + R"({"type":"notice","session_id":"s"})";
  CHECK(complaint(many + "]").find("found 257 observations, expected at most 256") != std::string::npos);
  std::string attributes;
  for (int i = 0; i < 97; ++i)
    attributes += std::string(i > 0 ? "," : "") + "\"a" + std::to_string(i) + "\":1";
  CHECK(complaint(R"({"type":"notice","session_id":"s","attrs":{)" + attributes + "}}")
            .find("found 97 attributes") != std::string::npos);
}
