// SPDX-License-Identifier: MIT
#include <cstdlib>
#include <ctime>
#include <history/time_words.hpp>

#include "support/catch.hpp"

using atm::history::parse_time;

namespace {

constexpr std::int64_t kNanos = 1'000'000'000;
// 2027-01-15T08:00:00Z.
constexpr std::int64_t kNow = 1'800'000'000 * kNanos;

std::int64_t seconds_before_now(const char* text) {
  const auto time = parse_time(text, kNow);
  INFO(text);
  REQUIRE(time);
  return (kNow - *time) / kNanos;
}

}  // namespace

TEST_CASE("a time is a moment, a clock time of the past, or a distance") {
  ::setenv("TZ", "UTC", 1);
  ::tzset();
  CHECK(seconds_before_now("now") == 0);
  CHECK(seconds_before_now("-30s") == 30);
  CHECK(seconds_before_now("-5m") == 300);
  CHECK(seconds_before_now("-2h") == 7200);
  CHECK(seconds_before_now("-7d") == 7 * 86'400);
  CHECK(seconds_before_now("07:00") == 3600);
  CHECK(seconds_before_now("07:59:30") == 30);
  CHECK(seconds_before_now("09:00") == 23 * 3600);
  CHECK(seconds_before_now("8am") == 0);
  CHECK(seconds_before_now("9pm") == 11 * 3600);
  CHECK(seconds_before_now("12am") == 8 * 3600);
  CHECK(seconds_before_now("today") == 8 * 3600);
  CHECK(seconds_before_now("yesterday") == 32 * 3600);
  CHECK(seconds_before_now("2027-01-15T07:00:00Z") == 3600);
}

TEST_CASE("any other text is refused with examples") {
  for (const char* text :
       {"", "-", "-h", "-5x", "-9999999h", "25:00", "7:00", "13pm", "0am", "tomorrow", "12:60"}) {
    INFO(text);
    const auto time = parse_time(text, kNow);
    REQUIRE_FALSE(time);
    CHECK(time.error().message.find(
              "expected 2027-01-15T08:00:00Z, 14:32, 9am, -2h, -7d, today or yesterday") !=
          std::string::npos);
  }
}
