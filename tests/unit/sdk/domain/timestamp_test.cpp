// SPDX-License-Identifier: MIT
#include <atm/domain/timestamp.hpp>

#include <rapidcheck.h>

#include <chrono>
#include <cstdint>
#include <string>

#include "support/catch.hpp"

using atm::parse_rfc3339;
using atm::Timestamp;
using atm::to_rfc3339;
using std::chrono::nanoseconds;

namespace {

Timestamp at_ns(std::int64_t count) {
  return Timestamp(nanoseconds(count));
}

}  // namespace

TEST_CASE("timestamp: written in UTC with the decimals it needs") {
  CHECK(to_rfc3339(at_ns(0)) == "1970-01-01T00:00:00Z");
  CHECK(to_rfc3339(at_ns(1'772'368'496'000'000'000)) == "2026-03-01T12:34:56Z");
  CHECK(to_rfc3339(at_ns(1'772'368'496'120'000'000)) == "2026-03-01T12:34:56.120Z");
  CHECK(to_rfc3339(at_ns(1'772'368'496'000'001'000)) == "2026-03-01T12:34:56.000001Z");
  CHECK(to_rfc3339(at_ns(1'772'368'496'000'000'007)) == "2026-03-01T12:34:56.000000007Z");
  CHECK(to_rfc3339(at_ns(-1)) == "1969-12-31T23:59:59.999999999Z");
}

TEST_CASE("timestamp: the first and the last representable moments survive") {
  CHECK(to_rfc3339(Timestamp::min()) == "1677-09-21T00:12:43.145224192Z");
  CHECK(to_rfc3339(Timestamp::max()) == "2262-04-11T23:47:16.854775807Z");
  CHECK(parse_rfc3339("1677-09-21T00:12:43.145224192Z") == Timestamp::min());
  CHECK(parse_rfc3339("2262-04-11T23:47:16.854775807Z") == Timestamp::max());
  CHECK_FALSE(parse_rfc3339("1677-09-21T00:12:43.145224191Z").has_value());
  CHECK_FALSE(parse_rfc3339("2262-04-11T23:47:16.854775808Z").has_value());
  CHECK_FALSE(parse_rfc3339("0000-01-01T00:00:00Z").has_value());
  CHECK_FALSE(parse_rfc3339("9999-12-31T23:59:59Z").has_value());
}

TEST_CASE("timestamp: offsets, lower case, a space, long fractions and a leap second are read") {
  const Timestamp noon = at_ns(1'772'366'400'000'000'000);
  CHECK(parse_rfc3339("2026-03-01T12:00:00Z") == noon);
  CHECK(parse_rfc3339("2026-03-01t12:00:00z") == noon);
  CHECK(parse_rfc3339("2026-03-01 12:00:00+00:00") == noon);
  CHECK(parse_rfc3339("2026-03-01T13:30:00+01:30") == noon);
  CHECK(parse_rfc3339("2026-02-28T23:00:00-13:00") == noon);
  CHECK(parse_rfc3339("2026-03-01T12:00:00.0000000009Z") == noon);
  CHECK(parse_rfc3339("2026-03-01T11:59:60Z") == noon);
  CHECK(parse_rfc3339("2026-03-01T12:00:00.5Z") == noon + std::chrono::milliseconds(500));
}

TEST_CASE("timestamp: a text that is not a date-time is refused") {
  const std::string text = GENERATE(
      as<std::string>{}, "", "2026-03-01", "2026-03-01T12:00:00", "2026-03-01T12:00Z", "2026-02-29T12:00:00Z",
      "2026-13-01T12:00:00Z", "2026-00-01T12:00:00Z", "2026-03-01T24:00:00Z", "2026-03-01T12:60:00Z",
      "2026-03-01T12:00:61Z", "2026-03-01T12:00:00.Z", "2026-03-01T12:00:00Z ", "2026-03-01T12:00:00+0100",
      "2026-03-01T12:00:00+24:00", "+026-03-01T12:00:00Z", "2026-3-1T12:00:00Z", "1772366400");
  CAPTURE(text);
  CHECK_FALSE(parse_rfc3339(text).has_value());
}

TEST_CASE("timestamp: elapsed time saturates") {
  CHECK(atm::elapsed(Timestamp::min(), Timestamp::max()) == nanoseconds::max());
  CHECK(atm::elapsed(Timestamp::max(), Timestamp::min()) == nanoseconds::min());
  CHECK(atm::elapsed(at_ns(0), Timestamp::min()) == nanoseconds::min());
  CHECK(atm::elapsed(Timestamp::min(), at_ns(0)) == nanoseconds::max());
  CHECK(atm::elapsed(at_ns(5), at_ns(3)) == nanoseconds(-2));
}

TEST_CASE("timestamp: laws") {
  CHECK(rc::check("every timestamp is parsed back from its text", [](std::int64_t count) {
    RC_ASSERT(parse_rfc3339(to_rfc3339(at_ns(count))) == at_ns(count));
  }));
  CHECK(rc::check("a later moment with nine decimals has the greater text", [] {
    // Years have four digits, so texts with the same number of decimals sort like the times.
    const auto a = *rc::gen::arbitrary<std::int64_t>();
    const auto b = *rc::gen::arbitrary<std::int64_t>();
    RC_PRE(a % 1000 != 0 && b % 1000 != 0);
    RC_ASSERT((a < b) == (to_rfc3339(at_ns(a)) < to_rfc3339(at_ns(b))));
  }));
  CHECK(rc::check("any text is parsed or refused", [](const std::string& text) {
    const auto time = parse_rfc3339(text);
    if (time) RC_ASSERT(parse_rfc3339(to_rfc3339(*time)) == time);
  }));
}
