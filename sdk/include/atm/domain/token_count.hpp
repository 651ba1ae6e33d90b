// SPDX-License-Identifier: MIT
#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <string>

namespace atm {

/// A number of tokens.
///
/// A class of its own, so that counts add with saturation and have one display form everywhere. A value type: not
/// synchronised.
class TokenCount final {
 public:
  /// Zero tokens.
  constexpr TokenCount() = default;
  constexpr explicit TokenCount(std::uint64_t value) noexcept : value_(value) {}

  [[nodiscard]] constexpr std::uint64_t value() const noexcept { return value_; }

  /// Display form: `999`, `1.1K` (rounded half up), `38K` (10,000 and above: truncated, so that it never exceeds the
  /// real number of thousands), `1.5M` (rounded half up).
  [[nodiscard]] std::string str() const {
    if (value_ < 1000) return std::to_string(value_);
    if (value_ < 10'000) return one_decimal(1000) + 'K';
    if (value_ < 1'000'000) return std::to_string(value_ / 1000) + 'K';
    return one_decimal(1'000'000) + 'M';
  }

  /// Counts compare by value. There is no subtraction, because it could underflow.
  friend constexpr bool operator==(TokenCount, TokenCount) = default;
  friend constexpr auto operator<=>(TokenCount, TokenCount) = default;
  /// Saturates.
  friend constexpr TokenCount operator+(TokenCount a, TokenCount b) noexcept {
    std::uint64_t sum = 0;
    if (__builtin_add_overflow(a.value_, b.value_, &sum))
      return TokenCount(std::numeric_limits<std::uint64_t>::max());
    return TokenCount(sum);
  }
  constexpr TokenCount& operator+=(TokenCount other) noexcept { return *this = *this + other; }

 private:
  /// The count in units of `unit`, with one decimal, rounded half up.
  [[nodiscard]] std::string one_decimal(std::uint64_t unit) const {
    const std::uint64_t tenth = unit / 10;
    const std::uint64_t tenths = value_ / tenth + (value_ % tenth >= tenth / 2 ? 1 : 0);
    return std::to_string(tenths / 10) + '.' + std::to_string(tenths % 10);
  }

  std::uint64_t value_ = 0;
};

}  // namespace atm
