// SPDX-License-Identifier: MIT
// The reader that follows a manifest, with tables of the forms that manifests have and hostile lines.
#include "ledger/usage_table.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "ledger/ledger_test_support.hpp"
#include "support/catch.hpp"

using namespace atm;
using namespace atm::ledger;
using namespace atm::test;

namespace {

UsageTable table() {
  return *UsageTable::of_manifest("demo", R"({"usage":{"directory":"~/.demo","files":["{project}/*.jsonl"],
    "when":{"/type":"answer","/tokens":"*"},"id":["/id"],"take":{"time":"/time","model":"/model"},
    "header":{"when":{"/session":"*"},"take":{"session":"/session","cwd":"/cwd"}},
    "tokens":{"input":["/tokens/in","/tokens/tool","-/tokens/cached"],"output":["/tokens/out"],
              "cache_read":["/tokens/cached"]},"cost":"/usd"}})");
}

std::string answer(const std::string& tokens, const std::string& more = "") {
  return R"({"type":"answer","id":"a","time":"2026-11-22T12:00:00Z","model":"gpt-6-sol","tokens":)" + tokens +
         more + "}";
}

}  // namespace

TEST_CASE("a table describes the counts, the identity and the header of a file", "[ledger]") {
  ManifestReader reader(table());
  reader.open("proj/s.jsonl", "");
  Record record;
  CHECK(reader.read(R"({"session":"s1","cwd":"/home/dev/p"})", false, record) == LineResult::kNothing);
  REQUIRE(reader.read(answer(R"({"in":2300,"tool":100,"out":60,"cached":400})", R"(,"usd":0.0044)"), false,
                      record) == LineResult::kResponse);
  CHECK(record.key == "demo a");
  CHECK(record.program == "demo");
  CHECK(record.session == "s1");
  CHECK(record.project == "/home/dev/p");
  CHECK(record.usage.tokens == std::array<std::uint32_t, 5>{2'000, 60, 0, 0, 400});
  CHECK(record.agent_amount == Pico{4'400'000'000});
  // The state restores the header.
  ManifestReader next(table());
  next.open("proj/s.jsonl", reader.state());
  REQUIRE(next.read(answer(R"({"in":5})"), false, record) == LineResult::kResponse);
  CHECK(record.session == "s1");
  CHECK(next.state() == reader.state());
  // A file without a header has the project of its path.
  next.open("proj/s.jsonl", "");
  REQUIRE(next.read(answer(R"({"in":5})"), false, record) == LineResult::kResponse);
  CHECK(record.session.empty());
  CHECK(record.project == "proj");
}

TEST_CASE(
    "OBS-T4 COST-U3: of the reports of one response the one with the largest output counts, in any order",
    "[ledger]") {
  // A response of Gemini CLI is written again when it grows; the copies of one state are equal.
  std::vector<std::string> lines{answer(R"({"in":900,"out":10})"), answer(R"({"in":900,"out":60})"),
                                 answer(R"({"in":900,"out":60})"), answer(R"({"in":900,"out":35})")};
  std::sort(lines.begin(), lines.end());
  do {
    ManifestReader reader(table());
    reader.open("proj/s.jsonl", "");
    Ledger ledger;
    Record record;
    std::uint64_t offset = 0;
    for (const std::string& line : lines) {
      REQUIRE(reader.read(line, false, record) == LineResult::kResponse);
      ledger.add(record, {0, offset, static_cast<std::uint32_t>(line.size())});
      offset += line.size() + 1;
    }
    REQUIRE(ledger.entries().size() == 1);
    const Entry& entry = ledger.entries().begin()->second;
    REQUIRE(entry.lines.size() == 1);
    CHECK(entry.lines[0].usage.tokens == std::array<std::uint32_t, 5>{900, 60, 0, 0, 0});
  } while (std::next_permutation(lines.begin(), lines.end()));
}

TEST_CASE("a line that does not fit the table is counted or passed over", "[ledger]") {
  ManifestReader reader(table());
  reader.open("proj/s.jsonl", "");
  Record record;
  const auto read = [&](const std::string& line, bool is_last = false) {
    return reader.read(line, is_last, record);
  };
  CHECK(read("") == LineResult::kNothing);
  CHECK(read(R"({"type":"question","tokens":{"in":5}})") == LineResult::kNothing);
  CHECK(read(answer("null")) == LineResult::kNothing);
  CHECK(read(answer(R"({"in":0,"out":0})")) == LineResult::kNothing);
  for (const char* const tokens :
       {R"({"in":"5"})", R"({"in":-5})", R"({"in":1.5})", R"({"in":1e3})", R"({"in":true})",
        R"({"in":1000000001})", R"({"in":9223372036854775808})", R"({"in":[1]})", R"({"in":5,"cached":6})",
        R"({"in":1000000000,"tool":1})"}) {
    CAPTURE(tokens);
    CHECK(read(answer(tokens)) == LineResult::kMalformed);
  }
  CHECK(read(R"({"type":"answer","in")") == LineResult::kUnreadable);
  CHECK(read(R"({"type":"answer","in")", true) == LineResult::kTorn);
  CHECK(read(R"(["in"])") == LineResult::kNothing);
  CHECK(read(R"({"type":"answer","tokens":)" + std::string(2'000, '[')) == LineResult::kUnreadable);
  // Of equal keys the last one counts; keys may have escapes; bytes need not be UTF-8.
  REQUIRE(read("{\"x\":\"\xFF\",\"type\":\"no\",\"type\":\"answer\",\"tokens\":{\"in\":1},\"tokens\":{"
               "\"\\u0069n\":7,\"out\":2}}") == LineResult::kResponse);
  CHECK(record.usage.tokens == std::array<std::uint32_t, 5>{7, 2, 0, 0, 0});
  CHECK(record.key.empty());
  const std::string huge(100'000, 'x');
  REQUIRE(read(R"({"type":"answer","id":")" + huge + R"(","model":")" + huge + R"(","tokens":{"in":1}})") ==
          LineResult::kResponse);
  CHECK(record.key.empty());
  CHECK(record.model.empty());
}

TEST_CASE("a pattern names parts of a path", "[ledger]") {
  CHECK(match_path("{project}/chats/{session}/agent-{subagent}.jsonl", "p/chats/s/agent-a.jsonl") ==
        PathParts{{"project", "p"}, {"session", "s"}, {"subagent", "a"}});
  CHECK(match_path("*/chats/*.jsonl", "p/chats/s.jsonl") == PathParts{});
  CHECK_FALSE(match_path("*/chats/*.jsonl", "p/chats/s/t.jsonl"));
  CHECK_FALSE(match_path("*/chats/*.jsonl", "chats/s.jsonl"));
  CHECK_FALSE(match_path("*/chats/*.jsonl", "p/chats/.jsonl"));
}

TEST_CASE("dollars of an agent are read without floating point", "[ledger]") {
  const auto dollars = [](std::string_view number) {
    const auto amount = dollars_of_json(number);
    return amount ? exact_dollars(*amount) : "none";
  };
  CHECK(dollars("0") == "0.000000000000");
  CHECK(dollars("12.5") == "12.500000000000");
  CHECK(dollars("0.00039999999999999996") == "0.000400000000");
  CHECK(dollars("0.004399999999999999") == "0.004400000000");
  CHECK(dollars("1e-7") == "0.000000100000");
  CHECK(dollars("4.5E+2") == "450.000000000000");
  CHECK(dollars("123456789012.123456789012345678901234567890") == "123456789012.123456789012");
  for (const char* const number : {"-1", "1e13", "1e400", "99999999999999999999999999", "1e-9999999999"}) {
    CAPTURE(number);
    CHECK(dollars(number) == "none");
  }
}
