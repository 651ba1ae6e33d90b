// SPDX-License-Identifier: MIT
#include <atm/domain/money.hpp>

#include <rapidcheck.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

#include "support/catch.hpp"

using atm::Money;

namespace {

constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kSmallest = std::numeric_limits<std::int64_t>::min();

/// Ten times the number of a text in the unit of its last digit, and that unit in microdollars, without the
/// sign.
struct Shown {
  std::uint64_t units = 0;
  std::uint64_t unit_micros = 0;
};
Shown read_back(const std::string& text) {
  Shown shown;
  std::size_t decimals = 0;
  bool after_point = false;
  for (const char c : text) {
    if (c == '.') after_point = true;
    if (c < '0' || c > '9') continue;
    shown.units = shown.units * 10 + static_cast<std::uint64_t>(c - '0');
    if (after_point) ++decimals;
  }
  shown.unit_micros = text.ends_with('c') ? 10'000 : 1'000'000;
  for (; decimals > 0; --decimals) shown.unit_micros /= 10;
  return shown;
}

/// Whether the text is the nearest number of its precision; ties round to even.
bool is_correctly_rounded(Money money, const std::string& text) {
  const auto bits = static_cast<std::uint64_t>(money.microdollars());
  const std::uint64_t size = money.microdollars() < 0 ? 0 - bits : bits;
  const auto [units, unit] = read_back(text);
  const std::uint64_t shown = units * unit;
  const std::uint64_t distance = shown > size ? shown - size : size - shown;
  return distance * 2 < unit || (distance * 2 == unit && units % 2 == 0);
}

rc::Gen<std::int64_t> micros() {
  return rc::gen::oneOf(rc::gen::arbitrary<std::int64_t>(), rc::gen::inRange<std::int64_t>(-20'000, 20'000),
                        rc::gen::inRange<std::int64_t>(-200'000'000, 200'000'000),
                        rc::gen::map(rc::gen::inRange<std::int64_t>(-4000, 4000),
                                     [](std::int64_t half) { return half * 50'000; }));
}

}  // namespace

TEST_CASE("money: dollars are rounded to microdollars, half away from zero") {
  CHECK(Money::from_usd(0.35).microdollars() == 350'000);
  CHECK(Money::from_usd(0.0099999).microdollars() == 10'000);
  CHECK(Money::from_usd(0.0000005).microdollars() == 1);
  CHECK(Money::from_usd(-0.0000005).microdollars() == -1);
  CHECK(Money::from_usd(0.0000004).microdollars() == 0);
  CHECK(Money::from_usd(1.5).as_usd() == 1.5);
  CHECK(Money::from_microdollars(1'234'567).as_usd() == 1.234567);
}

TEST_CASE("money: not a number is zero, and a too large amount is the maximum") {
  CHECK(Money::from_usd(std::nan("")) == Money());
  CHECK(Money::from_usd(HUGE_VAL).microdollars() == kLargest);
  CHECK(Money::from_usd(-HUGE_VAL).microdollars() == kSmallest);
  CHECK(Money::from_usd(1e300).microdollars() == kLargest);
  CHECK(Money::from_usd(-1e300).microdollars() == kSmallest);
  CHECK(Money::from_usd(9223372036854.775807).microdollars() == kLargest);
  CHECK(Money::from_usd(-9223372036854.775808).microdollars() == kSmallest);
}

TEST_CASE("money: addition and subtraction saturate") {
  const Money largest = Money::from_microdollars(kLargest);
  const Money smallest = Money::from_microdollars(kSmallest);
  const Money one = Money::from_microdollars(1);
  CHECK(largest + one == largest);
  CHECK(smallest + Money::from_microdollars(-1) == smallest);
  CHECK(largest + smallest == Money::from_microdollars(-1));
  CHECK(smallest - one == smallest);
  CHECK(Money() - smallest == largest);
  CHECK(Money::from_usd(0.1) + Money::from_usd(0.2) == Money::from_usd(0.3));
}

TEST_CASE("money: the smaller the amount, the more decimals") {
  CHECK(Money::from_usd(0.005).format() == "$0.0050");
  CHECK(Money::from_usd(0.0099999).format() == "$0.01");
  CHECK(Money::from_usd(0).format() == "$0.00");
  CHECK(Money::from_usd(0.35).format() == "$0.35");
  CHECK(Money::from_usd(9.999).format() == "$10.00");
  CHECK(Money::from_usd(12.34).format() == "$12.3");
  CHECK(Money::from_usd(99.95).format() == "$100.0");
  CHECK(Money::from_usd(150).format() == "$150");
  CHECK(Money::from_usd(1234.56).format() == "$1235");
}

TEST_CASE("money: the compact form is in cents below a dollar") {
  CHECK(Money::from_usd(0.005).format_compact() == "0.5c");
  CHECK(Money::from_usd(0.35).format_compact() == "35c");
  CHECK(Money::from_usd(0).format_compact() == "0c");
  CHECK(Money::from_usd(1.5).format_compact() == "$1.5");
  CHECK(Money::from_usd(12.34).format_compact() == "$12");
}

TEST_CASE("money: the sign stands before the dollar") {
  CHECK(Money::from_usd(-0.5).format() == "-$0.50");
  CHECK(Money::from_usd(-150).format() == "-$150");
  CHECK(Money::from_usd(-0.35).format_compact() == "-35c");
  CHECK(Money::from_usd(-1.5).format_compact() == "-$1.5");
  CHECK(Money::from_microdollars(kSmallest).format() == "-$9223372036855");
}

TEST_CASE("money: ties go to the even digit") {
  CHECK(Money::from_usd(0.125).format() == "$0.12");
  CHECK(Money::from_usd(0.135).format() == "$0.14");
  CHECK(Money::from_usd(12.25).format() == "$12.2");
  CHECK(Money::from_usd(100.5).format() == "$100");
  CHECK(Money::from_usd(101.5).format() == "$102");
  CHECK(Money::from_usd(1.25).format_compact() == "$1.2");
}

TEST_CASE("money: laws") {
  CHECK(rc::check("both forms are correctly rounded", [] {
    const Money money = Money::from_microdollars(*micros());
    RC_ASSERT(is_correctly_rounded(money, money.format()));
    RC_ASSERT(is_correctly_rounded(money, money.format_compact()));
  }));
  CHECK(rc::check("a larger amount is never shown as a smaller one", [] {
    const auto low = *micros();
    const auto more = *rc::gen::inRange<std::int64_t>(0, 1'000'000);
    const Money a = Money::from_microdollars(low) - Money::from_microdollars(low < 0 ? low : 0);
    const Money b = a + Money::from_microdollars(more);
    const Shown shown_a = read_back(a.format());
    const Shown shown_b = read_back(b.format());
    RC_ASSERT(shown_a.units * shown_a.unit_micros <= shown_b.units * shown_b.unit_micros);
  }));
  CHECK(rc::check("a sum lies between the limits and does not depend on order", [] {
    const Money a = Money::from_microdollars(*micros());
    const Money b = Money::from_microdollars(*micros());
    RC_ASSERT(a + b == b + a);
    RC_ASSERT((a + b >= a) == (b >= Money()));
  }));
  CHECK(rc::check("dollars convert back exactly where a double holds the microdollars", [] {
    constexpr std::int64_t kExact = std::int64_t{1} << 50;
    const Money money = Money::from_microdollars(*rc::gen::inRange(-kExact, kExact));
    RC_ASSERT(Money::from_usd(money.as_usd()) == money);
  }));
}
