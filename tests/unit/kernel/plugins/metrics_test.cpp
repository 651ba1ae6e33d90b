// SPDX-License-Identifier: MIT
#include "kernel/plugins/metrics.hpp"

#include <limits>

#include "support/catch.hpp"

using atm::kernel::Metrics;

TEST_CASE("a counter adds values and a gauge keeps the last one", "[metrics]") {
  Metrics metrics;
  CHECK(metrics.add("lines", 2) == ATM_OK);
  CHECK(metrics.add("lines", 3) == ATM_OK);
  CHECK(metrics.set("clients", 7) == ATM_OK);
  CHECK(metrics.set("clients", 4) == ATM_OK);
  CHECK(metrics.values() == Metrics::Values{{"clients", 4}, {"lines", 5}});
}

TEST_CASE("a name that is not in snake case is refused", "[metrics]") {
  Metrics metrics;
  for (const char* name : {"", "Lines", "9lines", "a-b", "a b", "\xff"})
    CHECK(metrics.add(name, 1) == ATM_E_INVALID);
  CHECK(metrics.add(std::string(65, 'a'), 1) == ATM_E_INVALID);
  CHECK(metrics.values().empty());
}

TEST_CASE("a plugin has at most 256 names, and the known ones stay usable", "[metrics]") {
  Metrics metrics;
  for (int i = 0; i < 256; ++i) REQUIRE(metrics.add("m" + std::to_string(i), 1) == ATM_OK);
  CHECK(metrics.add("one_more", 1) == ATM_E_FULL);
  CHECK(metrics.add("m0", 1) == ATM_OK);
}

TEST_CASE("a counter that would overflow stays at its limit", "[metrics]") {
  Metrics metrics;
  constexpr auto kMax = std::numeric_limits<std::int64_t>::max();
  REQUIRE(metrics.set("n", kMax) == ATM_OK);
  CHECK(metrics.add("n", 1) == ATM_OK);
  CHECK(metrics.values().at("n") == kMax);
}
