// SPDX-License-Identifier: MIT
// Amounts of US dollars.
#pragma once

#include <array>
#include <cmath>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

namespace atm {

/// An amount in millionths of a US dollar (microdollars), in 64 signed bits.
///
/// Costs are sums of many small amounts, which binary floating point would round. Integers are exact and reach 9.2 *
/// 10^12 dollars in both directions; beyond that, arithmetic saturates. A value type: not synchronised.
class Money final {
 public:
  /// Zero dollars.
  constexpr Money() = default;

  /// An exact amount.
  [[nodiscard]] static constexpr Money from_microdollars(std::int64_t micros) noexcept {
    return Money(micros);
  }
  /// Converts dollars, rounded half away from zero, saturating. NaN gives 0.
  [[nodiscard]] static Money from_usd(double usd) noexcept {
    const double micros = std::round(usd * kMicrosPerDollar);
    // 2^63 is exact as a double; the largest int64 is not.
    constexpr double kBeyond = 9223372036854775808.0;
    if (std::isnan(micros)) return Money(0);
    if (micros >= kBeyond) return Money(std::numeric_limits<std::int64_t>::max());
    if (micros < -kBeyond) return Money(std::numeric_limits<std::int64_t>::min());
    return Money(static_cast<std::int64_t>(micros));
  }

  /// The exact amount.
  [[nodiscard]] constexpr std::int64_t microdollars() const noexcept { return micros_; }
  /// Dollars, rounded to the nearest double.
  [[nodiscard]] double as_usd() const noexcept { return static_cast<double>(micros_) / kMicrosPerDollar; }

  /// Display form with fewer decimals for larger amounts: `$0.0050`, `$0.35`, `$12.3`, `$150`. A minus sign precedes
  /// the dollar sign.
  [[nodiscard]] std::string format() const {
    const std::uint64_t size = magnitude();
    // Below one cent, two decimals would show $0.00.
    if (size > 0 && size < kCent) return sign() + '$' + decimal(size, 4);
    if (size < 10 * kDollar) return sign() + '$' + decimal(size, 2);
    return sign() + '$' + decimal(size, size < 100 * kDollar ? 1 : 0);
  }
  /// Display form for narrow columns: `0.5c`, `35c`, `$1.5`, `$12`. `c` is cents.
  [[nodiscard]] std::string format_compact() const {
    const std::uint64_t size = magnitude();
    // A cent is a dollar with the point moved by two places.
    constexpr unsigned kCentPlaces = 2;
    if (size > 0 && size < kCent) return sign() + decimal(size, 1, kCentPlaces) + 'c';
    if (size < kDollar) return sign() + decimal(size, 0, kCentPlaces) + 'c';
    return sign() + '$' + decimal(size, size < 10 * kDollar ? 1 : 0);
  }

  friend constexpr bool operator==(Money, Money) = default;
  friend constexpr auto operator<=>(Money, Money) = default;
  /// Sum and difference saturate.
  friend constexpr Money operator+(Money a, Money b) noexcept {
    std::int64_t sum = 0;
    if (__builtin_add_overflow(a.micros_, b.micros_, &sum)) return limit(b.micros_ > 0);
    return Money(sum);
  }
  friend constexpr Money operator-(Money a, Money b) noexcept {
    std::int64_t difference = 0;
    if (__builtin_sub_overflow(a.micros_, b.micros_, &difference)) return limit(b.micros_ < 0);
    return Money(difference);
  }
  constexpr Money& operator+=(Money other) noexcept { return *this = *this + other; }

 private:
  static constexpr double kMicrosPerDollar = 1e6;
  /// Decimal places of a microdollar.
  static constexpr unsigned kPlaces = 6;
  /// A dollar and a cent in microdollars.
  static constexpr std::uint64_t kDollar = 1'000'000;
  static constexpr std::uint64_t kCent = 10'000;
  static constexpr std::array<std::uint64_t, kPlaces + 1> kPowersOfTen{1,      10,      100,      1000,
                                                                       10'000, 100'000, 1'000'000};

  constexpr explicit Money(std::int64_t micros) noexcept : micros_(micros) {}

  /// The largest or smallest amount.
  [[nodiscard]] static constexpr Money limit(bool upper) noexcept {
    return Money(upper ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min());
  }
  /// The absolute value; exact for the smallest amount, too.
  [[nodiscard]] constexpr std::uint64_t magnitude() const noexcept {
    const auto bits = static_cast<std::uint64_t>(micros_);
    return micros_ < 0 ? 0 - bits : bits;
  }
  [[nodiscard]] std::string sign() const { return micros_ < 0 ? "-" : ""; }

  /// `micros` * 10^(shift-6) with `decimals` decimals, rounded half to even, in integer arithmetic.
  [[nodiscard]] static std::string decimal(std::uint64_t micros, unsigned decimals, unsigned shift = 0) {
    const std::uint64_t unit = kPowersOfTen[kPlaces - shift - decimals];
    std::uint64_t units = micros / unit;
    const std::uint64_t twice_rest = micros % unit * 2;
    if (twice_rest > unit || (twice_rest == unit && units % 2 == 1)) ++units;
    std::string digits = std::to_string(units);
    if (decimals == 0) return digits;
    if (digits.size() <= decimals) digits.insert(0, decimals + 1 - digits.size(), '0');
    return digits.insert(digits.size() - decimals, 1, '.');
  }

  /// The amount; negative amounts are valid.
  std::int64_t micros_ = 0;
};

}  // namespace atm
