// SPDX-License-Identifier: MIT
#include <atm/domain/token_count.hpp>

#include <rapidcheck.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include "support/catch.hpp"

using atm::TokenCount;

TEST_CASE("token count: digits, then K with a decimal, then whole K, then M") {
  CHECK(TokenCount(0).str() == "0");
  CHECK(TokenCount(999).str() == "999");
  CHECK(TokenCount(1000).str() == "1.0K");
  CHECK(TokenCount(1050).str() == "1.1K");
  CHECK(TokenCount(1049).str() == "1.0K");
  CHECK(TokenCount(9999).str() == "10.0K");
  CHECK(TokenCount(10'000).str() == "10K");
  CHECK(TokenCount(38'935).str() == "38K");
  CHECK(TokenCount(999'999).str() == "999K");
  CHECK(TokenCount(1'000'000).str() == "1.0M");
  CHECK(TokenCount(1'500'000).str() == "1.5M");
  CHECK(TokenCount(std::numeric_limits<std::uint64_t>::max()).str() == "18446744073709.6M");
}

TEST_CASE("token count: laws") {
  CHECK(rc::check("addition saturates and never decreases", [](std::uint64_t a, std::uint64_t b) {
    const TokenCount sum = TokenCount(a) + TokenCount(b);
    const bool overflows = a > std::numeric_limits<std::uint64_t>::max() - b;
    RC_ASSERT(sum.value() == (overflows ? std::numeric_limits<std::uint64_t>::max() : a + b));
    RC_ASSERT(sum >= TokenCount(a));
  }));
  CHECK(rc::check("the text is the count, rounded to its last digit", [] {
    const auto count = *rc::gen::inRange<std::uint64_t>(1000, 10'000'000);
    const std::string text = TokenCount(count).str();
    const double shown = std::stod(text) * (text.back() == 'K' ? 1e3 : 1e6);
    const double place = text.find('.') == std::string::npos ? 1e3 : text.back() == 'K' ? 1e2 : 1e5;
    RC_ASSERT(std::abs(shown - static_cast<double>(count)) < place);
  }));
}
