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

TEST_CASE("a limit that is used up before its reset states when, and the error", "[dashboard]") {
  World world = World::limited();
  auto& domain = world.sessions.at("6f1301ed-0002").domain;
  const auto now_s = std::chrono::duration_cast<std::chrono::seconds>(kNow.time_since_epoch()).count();
  domain.facts.set("cost.five_hour.full_at", now_s + 1800);
  domain.facts.set("cost.five_hour.full_error_s", std::int64_t{660});
  CHECK(limits_lines(world.sessions, kNow)[1].ends_with("  resets in 1h 2m, full in 0h 30m (+-0h 11m)"));
  domain.facts.set("cost.five_hour.full_at", now_s + 3720);
  CHECK(limits_lines(world.sessions, kNow)[1].ends_with("  resets in 1h 2m"));
  domain.facts.set("cost.five_hour.full_at", std::numeric_limits<std::int64_t>::min());
  CHECK(limits_lines(world.sessions, kNow)[1].ends_with("  resets in 1h 2m"));
}

TEST_CASE("the prompt caches that expire first are listed, and expired ones are not", "[dashboard]") {
  World world;
  const auto now_s = std::chrono::duration_cast<std::chrono::seconds>(kNow.time_since_epoch()).count();
  const auto add = [&](const char* id, const char* directory, std::int64_t expires_at) -> SessionDomain& {
    SessionDomain& domain = world.add(id, SessionStatus::idle(), directory).domain;
    domain.facts.set("agent.prompt_cache.expires_at", expires_at);
    return domain;
  };
  add("late", "/p/late", now_s + 3720)
      .facts.set("agent.prompt_cache.recache_tokens_if_cold", std::int64_t{38'000});
  add("soon", "/p/soon", now_s + 42 * 60);
  add("expired", "/p/expired", now_s);
  add("ended", "/p/ended", now_s + 60).status = SessionStatus::ended();
  add("hostile", "/p/hostile", std::numeric_limits<std::int64_t>::max());
  const auto lines = prompt_cache_lines(world.sessions, kNow);
  REQUIRE(lines.size() == 2);
  CHECK(lines[0] == "prompt cache    soon                            expires in 0h 42m");
  CHECK(lines[1] == "prompt cache    late                            expires in 1h 2m, 38K tokens");
  for (const char* id : {"a", "b", "c", "d", "e"}) add(id, "/p/x", now_s + 7200);
  const auto many = prompt_cache_lines(world.sessions, kNow);
  REQUIRE(many.size() == 6);
  CHECK(many[5] == "prompt cache    and 2 more");
}

}  // namespace
}  // namespace atm::cli
