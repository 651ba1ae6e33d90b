// SPDX-License-Identifier: MIT
// STATE-D1: what a level says beyond its state.
#include "story.hpp"
#include "support/catch.hpp"

using namespace atm;
using namespace atm::kernel;
using namespace atm::kernel::test;

namespace {

Told retrying(int attempt) {
  Told one = level("busy");
  one.attrs.emplace_back("detail", std::string("retrying"));
  one.attrs.emplace_back("detail.attempt", attempt);
  return one;
}

StatusDetail attempt(std::int64_t number) {
  StatusDetail detail{"retrying", {}};
  detail.args.set("attempt", number);
  return detail;
}

}  // namespace

TEST_CASE("STATE-D1: a level's detail is shown with its arguments, and changes no status", "[STATE-D1]") {
  Story story;
  story.tell(prompt("p1").at(1s));
  story.tell(level("busy").at(2s));
  const Change change = story.tell(retrying(1).at(3s));
  CHECK(change.shown);
  CHECK_FALSE(change.status);
  CHECK(story.state.domain.detail == attempt(1));
  CHECK(story.status() == StatusKind::kThinking);
  CHECK(story.state.domain.status_since == moment(1s));
}

TEST_CASE("STATE-D1, STATE-E4: a level with another argument since the same moment is news",
          "[STATE-D1][STATE-E4]") {
  Story story;
  story.tell(retrying(1).at(3s));
  CHECK(is_no_news(story.state, retrying(1).at(3s).copy()));
  CHECK_FALSE(is_no_news(story.state, retrying(2).at(3s).copy()));
  CHECK_FALSE(is_no_news(story.state, level("busy").at(3s).copy()));
  story.tell(retrying(2).at(3s));
  CHECK(story.state.domain.detail == attempt(2));
}

TEST_CASE("STATE-D1: a detail ends with its level, and is not shown while the level disagrees",
          "[STATE-D1]") {
  Story story;
  story.tell(retrying(1).at(3s));
  SECTION("the next level has none") {
    story.tell(level("busy").at(4s));
  }
  SECTION("an edge says that the turn is over") {
    story.tell(finished().at(4s));
  }
  SECTION("the session ended") {
    story.tell(told("session.ended").at(4s));
  }
  CHECK_FALSE(story.state.domain.detail.has_value());
}

TEST_CASE("STATE-D1: a detail has at most eight arguments", "[STATE-D1]") {
  Story story;
  Told one = retrying(1).at(3s);
  for (int i = 0; i < 20; ++i) one.attrs.emplace_back("detail.n" + std::to_string(i), i);
  story.tell(one);
  REQUIRE(story.state.domain.detail.has_value());
  CHECK(story.state.domain.detail->args.size() == 8);
  CHECK(is_no_news(story.state, one.copy()));
}
