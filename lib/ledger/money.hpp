// SPDX-License-Identifier: MIT
// Exact amounts of money: pico-dollars (10^-12 USD) in 128 bits. No floating point.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace atm::ledger {

/// Pico-dollars. A price in USD per million tokens times 10^6 is pico-dollars per token.
__extension__ typedef unsigned __int128 Pico;

/// A decimal number such as `0.125`, times 10^`places`, exactly. Absent if `text` is no plain decimal number, has more
/// places, or exceeds 10^24.
[[nodiscard]] std::optional<Pico> parse_decimal(std::string_view text, unsigned places) noexcept;

/// A JSON number of dollars, which may have an exponent, in pico-dollars, rounded half up. Absent if it is negative or
/// exceeds 10^12.
[[nodiscard]] std::optional<Pico> dollars_of_json(std::string_view number) noexcept;

/// The digits of `value`.
[[nodiscard]] std::string digits(Pico value);

/// Dollars with twelve places: `0.068415000000`.
[[nodiscard]] std::string exact_dollars(Pico amount);

/// Dollars rounded half up to cents, with thousands separated: `$1,204.50`. An amount above zero and below half a cent
/// gives `<$0.01`.
[[nodiscard]] std::string shown_dollars(Pico amount);

/// A positive factor such as 1.1 as a fraction.
struct Factor {
  std::uint64_t numerator = 1;
  std::uint64_t denominator = 1;
  friend bool operator==(const Factor&, const Factor&) = default;
};

/// Absent unless `text` is a decimal number above 0 and up to 100 with at most four places.
[[nodiscard]] std::optional<Factor> parse_factor(std::string_view text) noexcept;

/// `price` times `factor`; absent if the product is not a whole number.
[[nodiscard]] constexpr std::optional<Pico> times(Pico price, Factor factor) noexcept {
  const Pico product = price * factor.numerator;
  if (product % factor.denominator != 0) return std::nullopt;
  return product / factor.denominator;
}

}  // namespace atm::ledger
