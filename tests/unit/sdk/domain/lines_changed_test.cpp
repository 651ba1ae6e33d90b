// SPDX-License-Identifier: MIT
#include <atm/domain/lines_changed.hpp>

#include <rapidcheck.h>

#include <cstdint>
#include <limits>

#include "support/catch.hpp"

using atm::LinesChanged;

TEST_CASE("lines changed: text of both, of the net, and of nothing") {
  CHECK(LinesChanged{150, 30}.str() == "+150 -30");
  CHECK(LinesChanged{150, 30}.net_str() == "+120");
  CHECK(LinesChanged{0, 0}.net_str() == "+0");
  CHECK(LinesChanged{30, 150}.net_str() == "-120");
  CHECK(LinesChanged{150, 30}.net() == 120);
  CHECK(LinesChanged{150, 30}.churn() == 180);
}

TEST_CASE("lines changed: net and churn saturate") {
  constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
  CHECK(LinesChanged{kMost, 0}.net() == std::numeric_limits<std::int64_t>::max());
  CHECK(LinesChanged{0, kMost}.net() == std::numeric_limits<std::int64_t>::min());
  CHECK(LinesChanged{kMost, 1}.churn() == kMost);
}

TEST_CASE("lines changed: swapping added and removed negates the net and keeps the churn") {
  CHECK(rc::check([](std::uint32_t added, std::uint32_t removed) {
    const LinesChanged changed{added, removed};
    const LinesChanged swapped{removed, added};
    RC_ASSERT(changed.net() == -swapped.net());
    RC_ASSERT(changed.churn() == swapped.churn());
  }));
}
