// SPDX-License-Identifier: MIT
#include "ledger/money.hpp"

#include <algorithm>
#include <charconv>
#include <numeric>

namespace atm::ledger {

namespace {

constexpr Pico kPicosPerDollar = 1'000'000'000'000;
constexpr Pico kPicosPerCent = kPicosPerDollar / 100;
constexpr std::size_t kMaxDigits = 24;

}  // namespace

std::optional<Pico> parse_decimal(std::string_view text, unsigned places) noexcept {
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  std::string_view fraction = point == text.npos ? std::string_view() : text.substr(point + 1);
  if (whole.empty() || (point != text.npos && fraction.empty())) return std::nullopt;
  while (fraction.size() > places && fraction.back() == '0') fraction.remove_suffix(1);
  if (fraction.size() > places || whole.size() + places > kMaxDigits) return std::nullopt;
  Pico value = 0;
  for (const std::string_view part : {whole, fraction}) {
    for (const char c : part) {
      if (c < '0' || c > '9') return std::nullopt;
      value = value * 10 + static_cast<unsigned>(c - '0');
    }
  }
  for (std::size_t i = fraction.size(); i < places; ++i) value *= 10;
  return value;
}

std::optional<Pico> dollars_of_json(std::string_view number) noexcept {
  constexpr int kPlaces = 12;
  const std::size_t exponent_at = std::min(number.find_first_of("eE"), number.size());
  int point = 0;  // places of the digits behind the point, the exponent included
  if (exponent_at < number.size()) {
    std::string_view text = number.substr(exponent_at + 1);
    if (text.starts_with('+')) text.remove_prefix(1);
    if (std::from_chars(text.data(), text.data() + text.size(), point).ec != std::errc() || point > 24 ||
        point < -400)
      return std::nullopt;
    point = -point;
  }
  Pico value = 0;
  constexpr Pico kMax = Pico{1'000'000'000'000} * 1'000'000'000'000;
  bool is_behind_point = false;
  bool rounds_up = false;
  for (const char c : number.substr(0, exponent_at)) {
    if (c == '.') {
      is_behind_point = true;
      continue;
    }
    if (c < '0' || c > '9') return std::nullopt;
    point += is_behind_point ? 1 : 0;
    if (value > kMax) return std::nullopt;
    // A double has at most 17 significant digits; further ones only move the point.
    if (value > kMax / 10) {
      --point;
      continue;
    }
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  for (; point > kPlaces; --point) {
    rounds_up = value % 10 >= 5;
    value /= 10;
  }
  for (; point < kPlaces; ++point) {
    if (value > kMax) return std::nullopt;
    value *= 10;
  }
  value += rounds_up ? 1 : 0;
  if (value > kMax) return std::nullopt;
  return value;
}

std::string digits(Pico value) {
  std::string text;
  do {
    text += static_cast<char>('0' + static_cast<int>(value % 10));
    value /= 10;
  } while (value != 0);
  std::reverse(text.begin(), text.end());
  return text;
}

std::string exact_dollars(Pico amount) {
  const std::string fraction = digits(amount % kPicosPerDollar);
  return digits(amount / kPicosPerDollar) + "." + std::string(12 - fraction.size(), '0') + fraction;
}

std::string shown_dollars(Pico amount) {
  const Pico cents = (amount + kPicosPerCent / 2) / kPicosPerCent;
  if (cents == 0 && amount > 0) return "<$0.01";
  std::string whole = digits(cents / 100);
  for (std::size_t at = whole.size(); at > 3;) whole.insert(at -= 3, ",");
  const auto rest = static_cast<unsigned>(cents % 100);
  return "$" + whole + "." + static_cast<char>('0' + rest / 10) + static_cast<char>('0' + rest % 10);
}

std::optional<Factor> parse_factor(std::string_view text) noexcept {
  constexpr unsigned kPlaces = 4;
  constexpr std::uint64_t kUnit = 10'000;
  const auto value = parse_decimal(text, kPlaces);
  if (!value || *value == 0 || *value > Pico{100} * kUnit) return std::nullopt;
  const auto numerator = static_cast<std::uint64_t>(*value);
  const std::uint64_t common = std::gcd(numerator, kUnit);
  return Factor{numerator / common, kUnit / common};
}

}  // namespace atm::ledger
