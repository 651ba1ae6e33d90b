// SPDX-License-Identifier: MIT
#include <atm/domain/duration.hpp>

#include <rapidcheck.h>

#include <cstdint>
#include <limits>

#include "support/catch.hpp"

using atm::SessionDuration;

TEST_CASE("duration: the two largest units of whole seconds, never days") {
  CHECK(SessionDuration{0, 0}.str() == "0s");
  CHECK(SessionDuration{35'000, 0}.str() == "35s");
  CHECK(SessionDuration{35'999, 0}.str() == "35s");
  CHECK(SessionDuration{135'000, 0}.str() == "2m 15s");
  CHECK(SessionDuration{120'000, 0}.str() == "2m");
  CHECK(SessionDuration{5'400'000, 0}.str() == "1h 30m");
  CHECK(SessionDuration{3'600'000, 0}.str() == "1h");
  CHECK(SessionDuration{3'659'000, 0}.str() == "1h");
  CHECK(SessionDuration{90'000'000, 0}.str() == "25h");
}

TEST_CASE("duration: the compact form has the largest unit only") {
  CHECK(SessionDuration{35'000, 0}.compact() == "35s");
  CHECK(SessionDuration{135'000, 0}.compact() == "2m");
  CHECK(SessionDuration{5'400'000, 0}.compact() == "1h");
}

TEST_CASE("duration: overhead is the time outside the model's API, at least zero") {
  CHECK(SessionDuration{10'000, 4'000}.overhead_ms() == 6'000);
  CHECK(SessionDuration{4'000, 10'000}.overhead_ms() == 0);
}

TEST_CASE("duration: sums saturate") {
  CHECK(rc::check([](std::uint64_t a, std::uint64_t b) {
    const SessionDuration sum = SessionDuration{a, b} + SessionDuration{b, a};
    RC_ASSERT(sum.total_ms == sum.api_ms);
    RC_ASSERT(sum.total_ms >= a && sum.total_ms >= b);
    const bool overflows = a > std::numeric_limits<std::uint64_t>::max() - b;
    RC_ASSERT(sum.total_ms == (overflows ? std::numeric_limits<std::uint64_t>::max() : a + b));
  }));
}
