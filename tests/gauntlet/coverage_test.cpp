// SPDX-License-Identifier: MIT
// Checks that the scenarios cover every trap of the reference and every rule of docs/specs/state.md.
#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "scenario.hpp"
#include "support/catch.hpp"

namespace atm::gauntlet {
namespace {

/// The rules are the items `- **STATE-T3** ...` of the document.
std::set<std::string> rules_of_the_document() {
  std::ifstream in(GAUNTLET_RULES);
  REQUIRE(in);
  std::set<std::string> rules;
  constexpr std::string_view kItem = "- **";
  for (std::string line; std::getline(in, line);) {
    const std::size_t end = line.find("** ", kItem.size());
    if (line.starts_with(kItem) && end != std::string::npos)
      rules.insert(line.substr(kItem.size(), end - kItem.size()));
  }
  return rules;
}

}  // namespace

TEST_CASE("there are at least 120 scenarios") {
  CHECK(read_scenarios(GAUNTLET_DIR).size() >= 120);
}

TEST_CASE("there are at least 40 scenarios with a restart") {
  const std::vector<Scenario> all = read_scenarios(GAUNTLET_DIR);
  CHECK(std::count_if(all.begin(), all.end(), [](const Scenario& one) { return one.group == "restart"; }) >=
        40);
}

TEST_CASE("every trap TRAP-S1 to TRAP-S13 has at least four scenarios") {
  std::map<std::string, int> times;
  for (const Scenario& scenario : read_scenarios(GAUNTLET_DIR)) {
    for (const std::string& trap : scenario.traps) ++times[trap];
  }
  for (int number = 1; number <= 13; ++number) {
    const std::string trap = "TRAP-S" + std::to_string(number);
    INFO(trap);
    CHECK(times[trap] >= 4);
  }
  CHECK(times.size() == 13);
}

TEST_CASE("every rule of the state is cited, and every cited rule exists") {
  const std::set<std::string> rules = rules_of_the_document();
  std::set<std::string> cited;
  for (const Scenario& scenario : read_scenarios(GAUNTLET_DIR)) {
    if (!scenario.expected_failure.empty()) continue;
    for (const std::string& rule : scenario.rules) {
      INFO(scenario.name() << " cites " << rule);
      CHECK(rules.count(rule) == 1);
      cited.insert(rule);
    }
  }
  CHECK(rules.size() >= 50);
  CHECK(cited == rules);
}

}  // namespace atm::gauntlet
