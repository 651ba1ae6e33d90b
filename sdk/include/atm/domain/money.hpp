// SPDX-License-Identifier: MIT
// An amount of US dollars, exact to the millionth.
#pragma once

#include <array>
#include <cmath>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

namespace atm {

/// Microdollars in 64 signed bits: up to 9.2 million million dollars either way. Arithmetic saturates.
class Money final {
 public:
  constexpr Money() = default;

  [[nodiscard]] static constexpr Money from_microdollars(std::int64_t micros) noexcept {
    return Money(micros);
  }
  /// Rounded half away from zero, saturating; NaN is 0.
  [[nodiscard]] static Money from_usd(double usd) noexcept {
    const double micros = std::round(usd * kMicrosPerDollar);
    // 2^63 is exact as a double; the largest int64 is not.
    constexpr double kBeyond = 9223372036854775808.0;
    if (std::isnan(micros)) return Money(0);
    if (micros >= kBeyond) return Money(std::numeric_limits<std::int64_t>::max());
    if (micros < -kBeyond) return Money(std::numeric_limits<std::int64_t>::min());
    return Money(static_cast<std::int64_t>(micros));
  }

  [[nodiscard]] constexpr std::int64_t microdollars() const noexcept { return micros_; }
  [[nodiscard]] double as_usd() const noexcept { return static_cast<double>(micros_) / kMicrosPerDollar; }

  /// `$0.0050`, `$0.35`, `$12.3`, `$150`: the smaller, the more decimals. The sign stands before the dollar.
  [[nodiscard]] std::string format() const {
    const std::uint64_t size = magnitude();
    if (size > 0 && size < kCent) return sign() + '$' + decimal(size, 4);
    if (size < 10 * kDollar) return sign() + '$' + decimal(size, 2);
    return sign() + '$' + decimal(size, size < 100 * kDollar ? 1 : 0);
  }
  /// `0.5c`, `35c`, `$1.5`, `$12`: for narrow columns.
  [[nodiscard]] std::string format_compact() const {
    const std::uint64_t size = magnitude();
    constexpr unsigned kCentPlaces = 2;  // a cent is a dollar with the point two places on
    if (size > 0 && size < kCent) return sign() + decimal(size, 1, kCentPlaces) + 'c';
    if (size < kDollar) return sign() + decimal(size, 0, kCentPlaces) + 'c';
    return sign() + '$' + decimal(size, size < 10 * kDollar ? 1 : 0);
  }

  friend constexpr bool operator==(Money, Money) = default;
  friend constexpr auto operator<=>(Money, Money) = default;
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
  static constexpr unsigned kPlaces = 6;
  static constexpr std::uint64_t kDollar = 1'000'000;
  static constexpr std::uint64_t kCent = 10'000;
  static constexpr std::array<std::uint64_t, kPlaces + 1> kPowersOfTen{1,      10,      100,      1000,
                                                                       10'000, 100'000, 1'000'000};

  constexpr explicit Money(std::int64_t micros) noexcept : micros_(micros) {}

  [[nodiscard]] static constexpr Money limit(bool upper) noexcept {
    return Money(upper ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min());
  }
  [[nodiscard]] constexpr std::uint64_t magnitude() const noexcept {
    const auto bits = static_cast<std::uint64_t>(micros_);
    return micros_ < 0 ? 0 - bits : bits;
  }
  [[nodiscard]] std::string sign() const { return micros_ < 0 ? "-" : ""; }

  /// `micros` × 10^(shift-6), with `decimals` decimals, ties to even, in integers.
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

  std::int64_t micros_ = 0;
};

}  // namespace atm
