// SPDX-License-Identifier: MIT
#include "lib/agents/title_rules.hpp"

#include <string>

#include "support/catch.hpp"

using atm::TitleRules;

namespace {

std::optional<TitleRules> rules_of(const std::string& json) {
  atm::json::Reader reader;
  const atm::json::Value* title = reader.parse(json);
  REQUIRE(title != nullptr);
  TitleRules::Fault fault;
  return TitleRules::compile(*title, fault);
}

}  // namespace

TEST_CASE("the first rule that matches a title counts", "[title]") {
  const auto rules =
      rules_of(R"x({"rules": [{"match": "^\\[ [!.] \\]", "state": "waiting", "reason": "permission"},
      {"match": "^[\u2800-\u28ff] ", "state": "busy"}, {"match": "^[^[]+$", "state": "idle", "after_work": true}],
      "session": "\\| (?<id>[0-9a-f-]{8,29})\\.\\.\\."})x");
  REQUIRE(rules.has_value());
  REQUIRE(rules->find("[ ! ] Action Required | proj") != nullptr);
  CHECK(rules->find("[ ! ] Action Required | proj")->state == "waiting");
  CHECK(rules->find("[ ! ] Action Required | proj")->reason == "permission");
  CHECK(rules->find("\u2839 proj")->state == "busy");
  CHECK(rules->find("proj")->is_after_work);
  CHECK(rules->find("[x] proj") == nullptr);
  CHECK(rules->find("") == nullptr);
  CHECK(rules->find(std::string(513, 'a')) == nullptr);
  CHECK(rules->find("\xff\xfe") == nullptr);
  CHECK(rules->session_in("Ready | proj | 01a20335-442a-70b1-8a1e-8effc... | 0%") ==
        "01a20335-442a-70b1-8a1e-8effc");
  CHECK(rules->session_in("Ready | proj").empty());
}

TEST_CASE("an expression that explodes ends at its limit and matches nothing", "[title][hostile]") {
  const auto rules =
      rules_of(R"x({"rules": [{"match": "^(a+)+$", "state": "busy"}, {"match": "^(a|aa)+$", "state": "busy"},
      {"match": "(.*a){20}$", "state": "busy"}, {"match": "^((a*)*)*b", "state": "busy"}]})x");
  REQUIRE(rules.has_value());
  CHECK(rules->find(std::string(500, 'a') + '!') == nullptr);
}

TEST_CASE("a group without text gives no session", "[title][hostile]") {
  const auto rules =
      rules_of(R"x({"rules": [{"match": "a", "state": "busy"}], "session": "(?<id>)abc|x(?<other>y)"})x");
  REQUIRE(rules.has_value());
  CHECK(rules->session_in("abc").empty());
  CHECK(rules->session_in("xy").empty());
}
