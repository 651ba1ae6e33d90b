// SPDX-License-Identifier: MIT
#include <limits>

#include "limits.hpp"
#include "sample_world.hpp"
#include "support/catch.hpp"

namespace atm::cli {
namespace {

TEST_CASE("the session with the last activity decides about the limits of an agent", "[dashboard]") {
  const auto lines = limits_lines(World::limited().sessions, kNow);
  REQUIRE(lines.size() == 3);
  CHECK(lines[0] == "claude_code                     [....................]    0%");
  CHECK(lines[1] == "claude_code     five_hour       [########............]   42%  resets in 1h 2m");
  CHECK(lines[2] ==
        "claude_code     seven_day       [####################]  250%  has been reset since the last report");
  World hostile = World::one();
  auto& domain = hostile.sessions.begin()->second.domain;
  domain.facts.set("agent.limits.x.used_percentage", -1e300);
  domain.facts.set("agent.limits.x.resets_at", std::numeric_limits<std::int64_t>::max());
  CHECK(limits_lines(hostile.sessions, kNow).at(0).ends_with("0%  resets in 366d 0h"));
  CHECK(limits_lines({}, kNow).empty());
}

}  // namespace
}  // namespace atm::cli
