// SPDX-License-Identifier: MIT
// Points in time: UTC, nanoseconds since 1970 in 64 signed bits, from 1677-09-21 to 2262-04-11. No function here
// overflows for any value.
#pragma once

#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace atm {

/// UTC with nanoseconds. Conversions to other durations truncate; elapsed() gives differences that cannot overflow.
using Timestamp = std::chrono::sys_time<std::chrono::nanoseconds>;

/// now - then, saturating; negative if `then` is later. [any]
[[nodiscard]] constexpr std::chrono::nanoseconds elapsed(Timestamp then, Timestamp now) noexcept {
  // The difference of two 64-bit counts can exceed 64 bits, for example between the earliest and the latest time.
  std::int64_t difference = 0;
  const std::int64_t from = then.time_since_epoch().count();
  if (__builtin_sub_overflow(std::int64_t{now.time_since_epoch().count()}, from, &difference)) {
    return from < 0 ? std::chrono::nanoseconds::max() : std::chrono::nanoseconds::min();
  }
  return std::chrono::nanoseconds(difference);
}

/// Parts of the parser and the formatter. They are constexpr and never allocate.
namespace detail {

/// Units of the conversions below.
inline constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
inline constexpr std::int64_t kSecondsPerDay = 86'400;

/// Quotient rounded towards negative infinity; the remainder is never negative.
struct FloorDivision {
  std::int64_t quotient;
  std::int64_t remainder;
};
/// `by` must be positive.
[[nodiscard]] constexpr FloorDivision floor_divide(std::int64_t value, std::int64_t by) noexcept {
  // C++ division truncates towards zero, so a negative remainder moves one unit.
  const std::int64_t shift = value % by < 0 ? 1 : 0;
  return {value / by - shift, value % by + shift * by};
}

/// Consumes exactly `count` digits. False: there are fewer, and `text` is unchanged.
[[nodiscard]] constexpr bool take_digits(std::string_view& text, std::size_t count, int& value) noexcept {
  if (text.size() < count) return false;
  value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (text[i] < '0' || text[i] > '9') return false;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return true;
}
/// Consumes one character of `any_of`. False: the next character is another one.
[[nodiscard]] constexpr bool take(std::string_view& text, std::string_view any_of) noexcept {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

/// Consumes the digits after a decimal point and adds them to `nanos`. Digits after the ninth are dropped. False: there
/// is no digit.
[[nodiscard]] constexpr bool take_fraction(std::string_view& text, std::int64_t& nanos) noexcept {
  std::int64_t weight = kNanosPerSecond;
  std::size_t digits = 0;
  for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits) {
    weight /= 10;
    nanos += (text[digits] - '0') * weight;
  }
  // All digits are consumed, also those that are dropped.
  text.remove_prefix(digits);
  return digits > 0;
}

/// Consumes `Z` or `+hh:mm` and sets `offset` to seconds east of UTC.
[[nodiscard]] constexpr bool take_zone(std::string_view& text, std::int64_t& offset) noexcept {
  // Z leaves the offset at 0.
  if (take(text, "Zz")) return true;
  const bool west = text.starts_with('-');
  int hours = 0;
  int minutes = 0;
  if (!take(text, "+-") || !take_digits(text, 2, hours) || !take(text, ":") ||
      !take_digits(text, 2, minutes)) {
    return false;
  }
  // An offset beyond a day is not a time zone.
  if (hours > 23 || minutes > 59) return false;
  // West of UTC the local time is behind, so the offset is negative.
  offset = (hours * 60 + minutes) * (west ? -60 : 60);
  return true;
}

}  // namespace detail

/// The text of to_rfc3339() without an allocation.
class Rfc3339Text final {
 public:
  explicit Rfc3339Text(Timestamp time) noexcept;

  /// Valid while this object lives.
  [[nodiscard]] std::string_view view() const noexcept { return {text_.data(), size_}; }

 private:
  std::array<char, sizeof "2026-03-01T12:34:56.123456789Z"> text_;
  std::size_t size_ = 0;
};

inline Rfc3339Text::Rfc3339Text(Timestamp time) noexcept {
  // Floor division, so that a time before 1970 has a positive fraction, too.
  const auto [seconds, nanos] =
      detail::floor_divide(time.time_since_epoch().count(), detail::kNanosPerSecond);
  const auto [days, second] = detail::floor_divide(seconds, detail::kSecondsPerDay);
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{days}}};

  char* at = text_.data();
  const auto put = [&at](std::int64_t value, int width, char after) {
    for (int digit = width - 1; digit >= 0; --digit, value /= 10)
      at[digit] = static_cast<char>('0' + value % 10);
    at += width;
    if (after != '\0') *at++ = after;
  };
  // Four digits suffice from 1677 to 2262.
  put(int{date.year()}, 4, '-');
  put(unsigned{date.month()}, 2, '-');
  put(unsigned{date.day()}, 2, 'T');
  put(second / 3600, 2, ':');
  put(second / 60 % 60, 2, ':');
  put(second % 60, 2, nanos == 0 ? '\0' : '.');
  // The fewest decimals that lose nothing.
  if (nanos % 1000 != 0) {
    put(nanos, 9, '\0');
  } else if (nanos % 1'000'000 != 0) {
    put(nanos / 1000, 6, '\0');
  } else if (nanos != 0) {
    put(nanos / 1'000'000, 3, '\0');
  }
  *at++ = 'Z';
  size_ = static_cast<std::size_t>(at - text_.data());
}

/// RFC 3339 in UTC: `2026-03-01T12:34:56Z`, with the fewest of 0, 3, 6 or 9 decimals that represent the time exactly.
/// [any]
[[nodiscard]] inline std::string to_rfc3339(Timestamp time) {
  return std::string(Rfc3339Text(time).view());
}

/// Parses a date-time of RFC 3339, section 5.6.
///
///   2026-03-01T12:34:56Z   2026-03-01t12:34:56.5+01:00   2026-03-01 12:34:56.123456789z
///
/// Any offset up to 23:59 is accepted, and `t`, `z` or a space where the RFC allows them. Decimals after the ninth are
/// dropped. Second 60 is read as the first second of the next minute. Absent if the text has another form or the time
/// is outside the range of Timestamp. [any]
[[nodiscard]] inline std::optional<Timestamp> parse_rfc3339(std::string_view text) noexcept {
  using detail::take;
  using detail::take_digits;
  int year = 0;
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  if (!take_digits(text, 4, year) || !take(text, "-") || !take_digits(text, 2, month) || !take(text, "-") ||
      !take_digits(text, 2, day) || !take(text, "Tt ") || !take_digits(text, 2, hour) || !take(text, ":") ||
      !take_digits(text, 2, minute) || !take(text, ":") || !take_digits(text, 2, second)) {
    return std::nullopt;
  }
  std::int64_t nanos = 0;
  std::int64_t offset = 0;
  // A point without digits is an error.
  if (take(text, ".") && !detail::take_fraction(text, nanos)) return std::nullopt;
  // A time without offset is ambiguous and refused.
  if (!detail::take_zone(text, offset) || !text.empty()) return std::nullopt;

  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  // ok() rejects a day that the month does not have; leap seconds pass as second 60.
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  std::int64_t seconds = std::chrono::sys_days{date}.time_since_epoch().count() * detail::kSecondsPerDay;
  seconds += hour * 3600 + minute * 60 + second - offset;
  // Counting back from the next second keeps the earliest representable second in range.
  if (seconds < 0 && nanos > 0) {
    ++seconds;
    nanos -= detail::kNanosPerSecond;
  }
  // The years 0000 to 1676 and after 2262 are valid dates that a Timestamp cannot hold.
  std::int64_t total = 0;
  if (__builtin_mul_overflow(seconds, detail::kNanosPerSecond, &total) ||
      __builtin_add_overflow(total, nanos, &total)) {
    return std::nullopt;
  }
  return Timestamp(std::chrono::nanoseconds(total));
}

}  // namespace atm
