// SPDX-License-Identifier: MIT
#include "ablation.hpp"

#include <fstream>
#include <iterator>

#include "support/catch.hpp"

namespace atm::gauntlet {

namespace {

/// A sanitizer makes each replay ten times slower, so it replays only a sample of the cold starts.
constexpr std::size_t kStride = GAUNTLET_STRIDE;

/// Computed once for all tests.
const Ablation& ablation() {
  static const Ablation made = ablate(read_scenarios(GAUNTLET_DIR), kStride);
  return made;
}

}  // namespace

TEST_CASE("without a source, after a delay or a cold start, a state is right or uncertain") {
  for (const std::string& one : ablation().wrong) FAIL_CHECK(one);
  CHECK_FALSE(ablation().groups.empty());
}

TEST_CASE("every wait has an alert if a source reports that the agent waits") {
  for (const std::string& one : ablation().lost) FAIL_CHECK(one);
  SUCCEED();
}

TEST_CASE("with any subset of the sources, no state is wrong and certain") {
  for (const std::string& one : wrong_with_any_sources(read_scenarios(GAUNTLET_DIR))) FAIL_CHECK(one);
  SUCCEED();
}

TEST_CASE("README.md contains the tables of the effects of each lost source") {
  if (kStride != 1) return;
  std::ifstream in(std::string(GAUNTLET_DIR) + "/README.md");
  const std::string readme{std::istreambuf_iterator<char>(in), {}};
  INFO("`gauntlet table` prints it");
  CHECK(readme.find(table_by_group(ablation())) != std::string::npos);
  CHECK(readme.find(table_by_variation(ablation())) != std::string::npos);
}

}  // namespace atm::gauntlet
