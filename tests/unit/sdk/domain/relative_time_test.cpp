// SPDX-License-Identifier: MIT
#include <atm/domain/relative_time.hpp>

#include <rapidcheck.h>

#include <chrono>
#include <cstdint>

#include "support/catch.hpp"

using atm::format_age;
using atm::format_relative;
using atm::Timestamp;
using namespace std::chrono_literals;

TEST_CASE("relative time: one unit, truncated") {
  const Timestamp now{1000h * 24};
  CHECK(format_relative(now, now) == "0s ago");
  CHECK(format_relative(now - 5s, now) == "5s ago");
  CHECK(format_relative(now - 59'999ms, now) == "59s ago");
  CHECK(format_relative(now - 60s, now) == "1m ago");
  CHECK(format_relative(now - 59min - 59s, now) == "59m ago");
  CHECK(format_relative(now - 1h, now) == "1h ago");
  CHECK(format_relative(now - 23h - 59min, now) == "23h ago");
  CHECK(format_relative(now - 24h, now) == "1d ago");
  CHECK(format_relative(now - 72h, now) == "3d ago");
}

TEST_CASE("relative time: a future time, as after a clock step, is now") {
  const Timestamp now{1000h};
  CHECK(format_relative(now + 1ns, now) == "now");
  CHECK(format_relative(Timestamp::max(), Timestamp::min()) == "now");
  CHECK(format_age(now + 1h, now) == "now");
}

TEST_CASE("relative time: an age has no ago") {
  const Timestamp now{1000h};
  CHECK(format_age(now - 90s, now) == "1m");
  CHECK(format_age(now - 49h, now) == "2d");
  CHECK(format_age(Timestamp::min(), Timestamp::max()) == "106751d");
}

TEST_CASE("relative time: a time and its age give the same text") {
  CHECK(rc::check([](std::int64_t then_ns, std::int64_t now_ns) {
    const Timestamp then{std::chrono::nanoseconds(then_ns)};
    const Timestamp now{std::chrono::nanoseconds(now_ns)};
    const auto age = format_age(then, now);
    RC_ASSERT((age == "now") == (then > now));
    RC_ASSERT(format_relative(then, now) == (then > now ? age : age + " ago"));
  }));
}
