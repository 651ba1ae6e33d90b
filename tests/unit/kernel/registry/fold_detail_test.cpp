// SPDX-License-Identifier: MIT
// STATE-D1: the details of a level beyond its state.
#include "fold_fixture.hpp"
#include "support/catch.hpp"

using namespace atm;
using namespace atm::kernel;
using namespace atm::kernel::test;

namespace {

ObservationSpec retrying(int attempt) {
  ObservationSpec one = level("busy");
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
  FoldFixture fixture;
  fixture.observe(prompt("p1").at(1s));
  fixture.observe(level("busy").at(2s));
  const Change change = fixture.observe(retrying(1).at(3s));
  CHECK(change.shown);
  CHECK_FALSE(change.status);
  CHECK(fixture.state.domain.detail == attempt(1));
  CHECK(fixture.status() == StatusKind::kThinking);
  CHECK(fixture.state.domain.status_since == moment(1s));
}

TEST_CASE("STATE-D1, STATE-E4: a level of the same time with another argument is not redundant",
          "[STATE-D1][STATE-E4]") {
  FoldFixture fixture;
  fixture.observe(retrying(1).at(3s));
  CHECK(is_redundant(fixture.state, retrying(1).at(3s).copy()));
  CHECK_FALSE(is_redundant(fixture.state, retrying(2).at(3s).copy()));
  CHECK_FALSE(is_redundant(fixture.state, level("busy").at(3s).copy()));
  fixture.observe(retrying(2).at(3s));
  CHECK(fixture.state.domain.detail == attempt(2));
}

TEST_CASE("STATE-D1: a detail ends with its level, and is hidden while the level disagrees", "[STATE-D1]") {
  FoldFixture fixture;
  fixture.observe(retrying(1).at(3s));
  SECTION("the next level has none") {
    fixture.observe(level("busy").at(4s));
  }
  SECTION("an edge ends the turn") {
    fixture.observe(finished().at(4s));
  }
  SECTION("the session ended") {
    fixture.observe(observed("session.ended").at(4s));
  }
  CHECK_FALSE(fixture.state.domain.detail.has_value());
}

TEST_CASE("STATE-D1: a detail has at most eight arguments", "[STATE-D1]") {
  FoldFixture fixture;
  ObservationSpec one = retrying(1).at(3s);
  for (int i = 0; i < 20; ++i) one.attrs.emplace_back("detail.n" + std::to_string(i), i);
  fixture.observe(one);
  REQUIRE(fixture.state.domain.detail.has_value());
  CHECK(fixture.state.domain.detail->args.size() == 8);
  CHECK(is_redundant(fixture.state, one.copy()));
}
