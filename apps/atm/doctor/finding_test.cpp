// SPDX-License-Identifier: MIT
#include "finding.hpp"

#include <atm/json.hpp>

#include "support/catch.hpp"

namespace atm::cli::doctor {
namespace {

TEST_CASE("the most severe findings are first, with their remedy below", "[doctor]") {
  Findings all{finding("b", Severity::kOk, "fine"), finding("long_id", Severity::kError, "broken", "mend it"),
               finding("c", Severity::kWarning, "odd")};
  sort_by_severity(all);
  CHECK(findings_text(all, false) ==
        "error    long_id  broken\n"
        "                  → mend it\n"
        "warning  c        odd\n"
        "ok       b        fine\n"
        "\n"
        "1 error, 1 warning\n");
  CHECK(findings_text({finding("b", Severity::kNote, "fine")}, false) ==
        "note     b  fine\n\nno problems found\n");
}

TEST_CASE("a finding is terminal-safe and short", "[doctor]") {
  const Finding one = finding("a", Severity::kNote, "x\x1b[2J\n" + std::string(5000, 'y'), "\x07");
  CHECK(one.found.starts_with("x\uFFFD[2J y"));
  CHECK(one.found.size() < 1100);
  CHECK(one.remedy == "\uFFFD");
}

TEST_CASE("as JSON each finding is an object", "[doctor]") {
  const std::string text = findings_json(
      {finding("a", Severity::kWarning, "\"quoted\" \xff", "do"), finding("b", Severity::kOk, "well")},
      "1.0");
  json::Reader reader;
  const json::Value* root = reader.parse(text);
  REQUIRE(root != nullptr);
  CHECK(json::get_int(*root, "schema") == 1);
  CHECK(json::get_string(*root, "worst") == "warning");
  const json::Value* list = json::get_array(*root, "findings");
  REQUIRE(list != nullptr);
  REQUIRE(list->Size() == 2);
  CHECK(json::get_string((*list)[0], "id") == "a");
  CHECK(json::get_string((*list)[0], "remedy") == "do");
  CHECK(json::get_string((*list)[0], "found") == "\"quoted\" \uFFFD");
  CHECK_FALSE((*list)[1].HasMember("remedy"));
}

TEST_CASE("a count includes its noun", "[doctor]") {
  CHECK(counted(1, "record") == "1 record");
  CHECK(counted(2, "Claude Code process") == "2 Claude Code processes");
}

}  // namespace
}  // namespace atm::cli::doctor
