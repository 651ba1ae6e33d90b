// SPDX-License-Identifier: MIT
#include <algorithm>

#include "filter.hpp"
#include "sample_world.hpp"
#include "support/catch.hpp"

namespace atm::cli {
namespace {

TEST_CASE("the words of a filter are joined by and", "[dashboard][filter]") {
  const World world = World::busy();
  const auto count = [&world](const char* text) {
    const auto filter = Filter::parse(text);
    REQUIRE(filter);
    return std::count_if(world.sessions.begin(), world.sessions.end(),
                         [&](const auto& one) { return filter->matches(one.second, kNow); });
  };
  CHECK(count("") == 8);
  CHECK(count("needs") == 3);
  CHECK(count("!needs") == 5);
  CHECK(count("API-server") == 2);
  CHECK(count("api-server bash") == 1);
  CHECK(count("pagination") == 1);
  CHECK(count("state:idle") == 1);
  CHECK(count("state:needs") == 2);
  CHECK(count("agent:claude") == 8);
  CHECK(count("project:docs") == 2);
  CHECK(count("cost>5") == 1);
  CHECK(count("cost<5") == 1);
  CHECK(count("ctx>80") == 2);
  CHECK(count("age>1h") == 0);
  CHECK(count("age<1h") == 8);
  CHECK(count("/^(f0|0b)/") == 0);  // the id is not at the begin of the text
  CHECK(count("/rate.limit/") == 1);
  CHECK(count("!/rate.limit/ project:docs") == 1);
  CHECK(count("日本") == 2);
  for (const char* wrong : {"cost>x", "/(/", "/", "age<", "foo>1"}) CHECK_FALSE(Filter::parse(wrong));
}

}  // namespace
}  // namespace atm::cli
