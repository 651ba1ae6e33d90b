// SPDX-License-Identifier: MIT
#include "history/results.hpp"

#include "support/catch.hpp"

using namespace atm::cli;

namespace {

Results sample() {
  Results results;
  for (const char* name : {"project|path", "waited|duration", "asked|time", "cost|money", "share|share"})
    results.columns.push_back(column_of(name));
  results.rows.push_back({std::string("/home/dev/a,\"b\"\x1b[31m"), std::int64_t{90'500'000'000},
                          std::int64_t{1'800'000'000'000'000'000}, std::int64_t{1'250'000}, std::int64_t{3}});
  results.rows.push_back({std::string("/w"), std::monostate{}, std::int64_t{1'800'000'000'000'000'000},
                          std::int64_t{0}, std::int64_t{1}});
  return results;
}

}  // namespace

TEST_CASE("a duration is shown in its two largest units") {
  CHECK(duration_text(4'240'000'000) == "4.2s");
  CHECK(duration_text(59'000'000'000) == "59s");
  CHECK(duration_text(200'000'000'000) == "3m 20s");
  CHECK(duration_text(3'900'000'000'000) == "1h 5m");
  CHECK(duration_text(200'000'000'000'000) == "2d 7h");
}

TEST_CASE("a table has relative times, bars and no control characters") {
  const std::string table = results_table(sample(), 1'800'000'300'000'000'000, "/home/dev", {});
  CHECK(table.find("~/a,\"b\"") != std::string::npos);
  CHECK(table.find("1m 30s") != std::string::npos);
  CHECK(table.find("(5m ago)") != std::string::npos);
  CHECK(table.find("$1.25") != std::string::npos);
  CHECK(table.find("████████    75%") != std::string::npos);
  CHECK(table.find('\x1b') == std::string::npos);
}

TEST_CASE("a narrow table cuts paths on the left and texts on the right, and drops bars first") {
  Results results;
  for (const char* name : {"session|id", "project|path", "outcome|text", "work|share"})
    results.columns.push_back(column_of(name));
  results.rows.push_back({std::string("0bb3f80d-a738"), std::string("/home/dev/code/project"),
                          std::string("ended with its session"), std::int64_t{1}});
  CHECK(results_table(results, 0, "", Canvas{40, false}) ==
        "SESSION   PROJECT         OUTCOME\n"
        "0bb3f80d  …/code/project  ended with it…\n");
  CHECK(short_id("日本語日本語日本") == "日本語日");
}

TEST_CASE("JSON has RFC 3339 times, seconds and dollars") {
  const std::string json = results_json(sample());
  CHECK(json.find(R"("waited_s":90.5)") != std::string::npos);
  CHECK(json.find(R"("asked":"2027-01-15T08:00:00)") != std::string::npos);
  CHECK(json.find(R"("cost_usd":1.25)") != std::string::npos);
  CHECK(json.find(R"("waited_s":null)") != std::string::npos);
  CHECK(json.find("share") == std::string::npos);
}

TEST_CASE("CSV quotes commas, quotes and line ends") {
  const std::string csv = results_csv(sample());
  CHECK(csv.starts_with("project,waited_s,asked,cost_usd\r\n"));
  CHECK(csv.find("\"/home/dev/a,\"\"b\"\"\x1b[31m\",90.5,2027-01-15T08:00:00") != std::string::npos);
}
