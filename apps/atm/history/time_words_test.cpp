// SPDX-License-Identifier: MIT
#include <cstdlib>
#include <ctime>
#include <history/time_words.hpp>
#include <string>

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
  CHECK(seconds_before_now("30s") == 30);
  CHECK(seconds_before_now("5m") == 300);
  CHECK(seconds_before_now("2h") == 7200);
  CHECK(seconds_before_now("7d") == 7 * 86'400);
  CHECK(seconds_before_now("0d") == 0);
  CHECK(seconds_before_now("07:00") == 3600);
  CHECK(seconds_before_now("07:59:30") == 30);
  CHECK(seconds_before_now("09:00") == 23 * 3600);
  CHECK(seconds_before_now("8am") == 0);
  CHECK(seconds_before_now("9pm") == 11 * 3600);
  CHECK(seconds_before_now("12am") == 8 * 3600);
  CHECK(seconds_before_now("today") == 8 * 3600);
  CHECK(seconds_before_now("yesterday") == 32 * 3600);
  CHECK(seconds_before_now("2027-01-15") == 8 * 3600);
  CHECK(seconds_before_now("2027-01-13") == 56 * 3600);
  CHECK(seconds_before_now("2027-01-15T07:00:00Z") == 3600);
}

TEST_CASE("days have the clock time of the time zone, also after a change of the clock") {
  ::setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
  ::tzset();
  // 2026-11-01T12:00:00+01:00; the clock was put back on 25 October.
  constexpr std::int64_t kNoon = 1'793'530'800 * kNanos;
  CHECK(parse_time("-8d", kNoon).value() == kNoon - (8 * 86'400 + 3600) * kNanos);
  CHECK(parse_time("2026-10-24", kNoon).value() == kNoon - (8 * 86'400 + 13 * 3600) * kNanos);
  ::setenv("TZ", "UTC", 1);
  ::tzset();
}

TEST_CASE("any other text is refused with examples") {
  for (const char* text : {"", "-", "-h", "h", "-5x", "--5h", "-9999999h", "25:00", "7:00", "13pm", "0am",
                           "tomorrow", "12:60", "2027-02-30", "2027-13-01", "2027-1-15", "1969-12-31"}) {
    INFO(text);
    const auto time = parse_time(text, kNow);
    REQUIRE_FALSE(time);
    CHECK(time.error().message == "time is '" + std::string(text) +
                                      "', expected 14:32, 9am, -30s, -5m, -2h, -7d, today, yesterday, "
                                      "2026-11-22 or 2026-11-22T08:00:00Z");
  }
}
