// SPDX-License-Identifier: MIT
#include "kernel/system/breaker.hpp"

#include <rapidcheck.h>

#include "support/catch.hpp"

using atm::kernel::Breaker;
using atm::kernel::BreakerOptions;

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

constexpr Breaker::Outcome kSlow{false, true, 60'000'000};
constexpr Breaker::Outcome kGood{};

void be_slow(Breaker& breaker, int times, std::int64_t now) {
  for (int i = 0; i < times; ++i) breaker.report(kSlow, now);
}

}  // namespace

TEST_CASE("a breaker opens after five slow calls in a row, not before", "[breaker]") {
  Breaker breaker;
  be_slow(breaker, 4, 0);
  CHECK(breaker.admit(0));
  breaker.report(kGood, 0);
  be_slow(breaker, 4, 0);
  CHECK(breaker.state() == Breaker::State::kClosed);
  be_slow(breaker, 1, 0);
  CHECK(breaker.state() == Breaker::State::kOpen);
  CHECK_FALSE(breaker.admit(kSecond - 1));
  CHECK(breaker.refused() == 1);
  CHECK(breaker.failures() == 9);
}

TEST_CASE("failed calls are counted and do not open the breaker", "[breaker]") {
  Breaker breaker;
  for (int i = 0; i < 100; ++i) breaker.report({true, false, 0}, 0);
  CHECK(breaker.state() == Breaker::State::kClosed);
  CHECK(breaker.failures() == 100);
}

TEST_CASE("a pause contains its length and the call that caused it", "[breaker]") {
  Breaker breaker;
  CHECK_FALSE(breaker.pause(0));
  be_slow(breaker, 5, 0);
  REQUIRE(breaker.pause(1));
  CHECK(breaker.pause(1)->left_ns == kSecond - 1);
  CHECK(breaker.pause(1)->took_ns == kSlow.took_ns);
  CHECK(breaker.pause(2 * kSecond)->left_ns == 0);
}

TEST_CASE("an open breaker admits one trial call after its pause", "[breaker]") {
  Breaker breaker;
  be_slow(breaker, 5, 0);
  CHECK(breaker.admit(kSecond));
  CHECK(breaker.state() == Breaker::State::kHalfOpen);
  CHECK_FALSE(breaker.admit(kSecond));
  breaker.report(kGood, kSecond);
  CHECK(breaker.state() == Breaker::State::kClosed);
  CHECK(breaker.admit(kSecond));
}

TEST_CASE("the pauses double up to five minutes and no further", "[breaker]") {
  Breaker breaker;
  be_slow(breaker, 5, 0);
  std::int64_t now = 0;
  std::int64_t pause = kSecond;
  for (int i = 0; i < 12; ++i) {
    CHECK_FALSE(breaker.admit(now + pause - 1));
    now += pause;
    REQUIRE(breaker.admit(now));
    breaker.report(kSlow, now);
    pause = std::min(pause * 2, 300 * kSecond);
  }
  CHECK(pause == 300 * kSecond);
}

TEST_CASE("a trial call that never returns is followed by another", "[breaker]") {
  Breaker breaker;
  be_slow(breaker, 5, 0);
  REQUIRE(breaker.admit(kSecond));
  CHECK_FALSE(breaker.admit(2 * kSecond));
  CHECK(breaker.admit(3 * kSecond));
}

TEST_CASE("one quick call does not reset the pauses, a streak does", "[breaker]") {
  Breaker breaker;
  be_slow(breaker, 5, 0);
  REQUIRE(breaker.admit(kSecond));
  breaker.report(kGood, kSecond);
  be_slow(breaker, 5, kSecond);
  CHECK_FALSE(breaker.admit(3 * kSecond - 1));
  REQUIRE(breaker.admit(3 * kSecond));
  for (int i = 0; i < 6; ++i) breaker.report(kGood, 3 * kSecond);
  be_slow(breaker, 5, 3 * kSecond);
  CHECK(breaker.admit(4 * kSecond));
}

TEST_CASE("law: a breaker always admits a call within the longest pause", "[breaker]") {
  CHECK(rc::check([](const std::vector<std::pair<bool, std::uint16_t>>& calls) {
    const BreakerOptions options;
    Breaker breaker(options);
    std::int64_t now = 0;
    for (const auto& [ok, gap_ms] : calls) {
      now += std::int64_t{gap_ms} * 1'000'000;
      if (breaker.admit(now)) breaker.report({false, !ok, 0}, now);
    }
    RC_ASSERT(breaker.admit(now + options.max_pause_ns));
  }));
}
