// SPDX-License-Identifier: MIT
#include "ablation.hpp"

#include <fstream>
#include <iterator>

#include "support/catch.hpp"

namespace atm::gauntlet {

namespace {

/// Made once for both tests that look at it.
const Ablation& ablation() {
  static const Ablation made = ablate(read_scenarios(GAUNTLET_DIR));
  return made;
}

}  // namespace

TEST_CASE("without a source, or with one alone, a state is right or says that it does not know") {
  for (const std::string& one : ablation().wrong) FAIL_CHECK(one);
  CHECK_FALSE(ablation().groups.empty());
}

TEST_CASE("whatever sources are left, no state is wrong and certain") {
  for (const std::string& one : wrong_with_any_sources(read_scenarios(GAUNTLET_DIR))) FAIL_CHECK(one);
  SUCCEED();
}

TEST_CASE("README.md has the table of what each lost source costs") {
  std::ifstream in(std::string(GAUNTLET_DIR) + "/README.md");
  const std::string readme{std::istreambuf_iterator<char>(in), {}};
  INFO("`gauntlet table` prints it");
  CHECK(readme.find(table_of(ablation())) != std::string::npos);
}

}  // namespace atm::gauntlet
