// SPDX-License-Identifier: MIT
#include "kernel/plugins/breaker.hpp"

#include <rapidcheck.h>

#include "support/catch.hpp"

using atm::kernel::Breaker;
using atm::kernel::BreakerOptions;

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

void fail_times(Breaker& breaker, int times, std::int64_t now) {
  for (int i = 0; i < times; ++i) breaker.report(false, 0, now);
}

}  // namespace

TEST_CASE("a breaker opens after five failures in a row, not before", "[breaker]") {
  Breaker breaker;
  fail_times(breaker, 4, 0);
  CHECK(breaker.admit(0));
  breaker.report(true, 0, 0);
  fail_times(breaker, 4, 0);
  CHECK(breaker.state() == Breaker::State::kClosed);
  fail_times(breaker, 1, 0);
  CHECK(breaker.state() == Breaker::State::kOpen);
  CHECK_FALSE(breaker.admit(kSecond - 1));
  CHECK(breaker.refused() == 1);
  CHECK(breaker.failures() == 9);
}

TEST_CASE("a slow call counts as a failure", "[breaker]") {
  Breaker breaker;
  for (int i = 0; i < 5; ++i) breaker.report(true, 50'000'001, 0);
  CHECK(breaker.state() == Breaker::State::kOpen);
}

TEST_CASE("an open breaker lets one trial through when its pause is over", "[breaker]") {
  Breaker breaker;
  fail_times(breaker, 5, 0);
  CHECK(breaker.admit(kSecond));
  CHECK(breaker.state() == Breaker::State::kHalfOpen);
  CHECK_FALSE(breaker.admit(kSecond));
  breaker.report(true, 0, kSecond);
  CHECK(breaker.state() == Breaker::State::kClosed);
  CHECK(breaker.admit(kSecond));
}

TEST_CASE("the pauses double up to five minutes and no further", "[breaker]") {
  Breaker breaker;
  fail_times(breaker, 5, 0);
  std::int64_t now = 0;
  std::int64_t pause = kSecond;
  for (int i = 0; i < 12; ++i) {
    CHECK_FALSE(breaker.admit(now + pause - 1));
    now += pause;
    REQUIRE(breaker.admit(now));
    breaker.report(false, 0, now);
    pause = std::min(pause * 2, 300 * kSecond);
  }
  CHECK(pause == 300 * kSecond);
}

TEST_CASE("a trial that never comes back is followed by another", "[breaker]") {
  Breaker breaker;
  fail_times(breaker, 5, 0);
  REQUIRE(breaker.admit(kSecond));
  CHECK_FALSE(breaker.admit(2 * kSecond));
  CHECK(breaker.admit(3 * kSecond));
}

TEST_CASE("one lucky call does not reset the pauses, a good streak does", "[breaker]") {
  Breaker breaker;
  fail_times(breaker, 5, 0);
  REQUIRE(breaker.admit(kSecond));
  breaker.report(true, 0, kSecond);
  fail_times(breaker, 5, kSecond);
  CHECK_FALSE(breaker.admit(3 * kSecond - 1));
  REQUIRE(breaker.admit(3 * kSecond));
  for (int i = 0; i < 6; ++i) breaker.report(true, 0, 3 * kSecond);
  fail_times(breaker, 5, 3 * kSecond);
  CHECK(breaker.admit(4 * kSecond));
}

TEST_CASE("law: whatever happened, a breaker admits a call within the longest pause", "[breaker]") {
  CHECK(rc::check([](const std::vector<std::pair<bool, std::uint16_t>>& calls) {
    const BreakerOptions options;
    Breaker breaker(options);
    std::int64_t now = 0;
    for (const auto& [ok, gap_ms] : calls) {
      now += std::int64_t{gap_ms} * 1'000'000;
      if (breaker.admit(now)) breaker.report(ok, 0, now);
    }
    RC_ASSERT(breaker.admit(now + options.max_pause_ns));
  }));
}
