// SPDX-License-Identifier: MIT
// Each file of this directory's groups is a case. GAUNTLET=group/name replays only the scenarios with that prefix.
#include <cstdlib>

#include "play.hpp"
#include "support/catch.hpp"

namespace atm::gauntlet {
namespace {

std::vector<Scenario> chosen() {
  const char* wanted = std::getenv("GAUNTLET");
  std::vector<Scenario> all;
  for (Scenario& one : read_scenarios(GAUNTLET_DIR)) {
    if (wanted == nullptr || one.name().starts_with(wanted)) all.push_back(std::move(one));
  }
  return all;
}

/// The scenarios without an expected failure.
std::vector<Scenario> chosen_to_vary() {
  std::vector<Scenario> all = chosen();
  std::erase_if(all, [](const Scenario& one) { return !one.expected_failure.empty(); });
  return all;
}

std::string all_of(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line;
  return text;
}

/// The difference that a variation of the hooks makes at the end; empty: none.
std::string changed(const Scenario& scenario, const Scenario& variation) {
  const Played played = play(variation);
  std::string wrong;
  for (const Expectation* expected : final_expectations(variation)) {
    for (const std::string& line : differences(*expected, played.world->view()))
      wrong += scenario.name() + ": " + line + '\n' + played.world->view().describe(expected->session);
  }
  const std::string before = play(scenario).world->view().summary();
  const std::string after = played.world->view().summary();
  return before == after ? wrong : wrong + scenario.name() + ":\n" + before + "became\n" + after;
}

}  // namespace

TEST_CASE("each session is in the state that its scenario expects") {
  const std::vector<Scenario> scenarios = chosen();
  REQUIRE_FALSE(scenarios.empty());
  for (const Scenario& scenario : scenarios) {
    const std::string failures = all_of(play(scenario).failures);
    if (failures.empty() && !scenario.expected_failure.empty())
      FAIL_CHECK(scenario.name() + " passes; remove expected_failure: " + scenario.expected_failure);
    if (!failures.empty() && scenario.expected_failure.empty()) FAIL_CHECK(failures);
  }
}

TEST_CASE("doubled hooks change nothing") {
  for (const Scenario& scenario : chosen_to_vary()) {
    if (!scenario.not_doubled.empty()) continue;
    const std::string change = changed(scenario, doubled(scenario));
    if (!change.empty()) FAIL_CHECK(change);
  }
}

TEST_CASE("concurrent hooks may arrive in either order") {
  for (const Scenario& scenario : chosen_to_vary()) {
    if (!scenario.not_swapped.empty()) continue;
    const std::string change = changed(scenario, swapped(scenario));
    if (!change.empty()) FAIL_CHECK(change);
  }
}

}  // namespace atm::gauntlet
