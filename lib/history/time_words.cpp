// SPDX-License-Identifier: MIT
#include "history/time_words.hpp"

#include <atm/domain/timestamp.hpp>
#include <charconv>
#include <chrono>
#include <ctime>
#include <optional>
#include <string>

namespace atm::history {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

std::optional<int> number(std::string_view text, int most) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0 || value > most ||
      text.size() > 9)
    return std::nullopt;
  return value;
}

/// This time of the local day that contains `now_ns`, `days` days away.
std::int64_t local(std::int64_t now_ns, int days, int hour, int minute, int second) {
  const auto now = static_cast<std::time_t>(now_ns / kSecond);
  std::tm parts{};
  ::localtime_r(&now, &parts);
  parts.tm_mday += days;
  parts.tm_hour = hour;
  parts.tm_min = minute;
  parts.tm_sec = second;
  parts.tm_isdst = -1;
  return static_cast<std::int64_t>(std::mktime(&parts)) * kSecond;
}

std::int64_t same_time_days_ago(std::int64_t now_ns, int days) {
  const auto now = static_cast<std::time_t>(now_ns / kSecond);
  std::tm parts{};
  ::localtime_r(&now, &parts);
  return local(now_ns, -days, parts.tm_hour, parts.tm_min, parts.tm_sec) + now_ns % kSecond;
}

std::int64_t last_past(std::int64_t now_ns, int hour, int minute, int second) {
  const std::int64_t today = local(now_ns, 0, hour, minute, second);
  return today <= now_ns ? today : local(now_ns, -1, hour, minute, second);
}

std::optional<std::int64_t> ago(std::string_view text, std::int64_t now_ns) {
  if (text.starts_with('-')) text.remove_prefix(1);
  if (text.size() < 2) return std::nullopt;
  constexpr int kMost = 100'000;  // 273 years in days fit into 64 bits
  const auto count = number(text.substr(0, text.size() - 1), kMost);
  if (!count) return std::nullopt;
  std::int64_t unit = 0;
  switch (text.back()) {
    case 's':
      unit = kSecond;
      break;
    case 'm':
      unit = 60 * kSecond;
      break;
    case 'h':
      unit = 3600 * kSecond;
      break;
    case 'd':
      return same_time_days_ago(now_ns, *count);
    default:
      return std::nullopt;
  }
  return now_ns - *count * unit;
}

std::optional<std::int64_t> begin_of_day(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = number(text.substr(0, 4), 9999);
  const auto month = number(text.substr(5, 2), 12);
  const auto day = number(text.substr(8), 31);
  if (!year || *year < 1970 || !month || !day) return std::nullopt;
  std::tm parts{};
  parts.tm_year = *year - 1900;
  parts.tm_mon = *month - 1;
  parts.tm_mday = *day;
  parts.tm_isdst = -1;
  const std::tm wanted = parts;
  const std::time_t begin = std::mktime(&parts);
  // 30 February is 1 or 2 March.
  if (parts.tm_mon != wanted.tm_mon || parts.tm_mday != wanted.tm_mday) return std::nullopt;
  return static_cast<std::int64_t>(begin) * kSecond;
}

std::optional<std::int64_t> clock(std::string_view text, std::int64_t now_ns) {
  if (text.ends_with("am") || text.ends_with("pm")) {
    const auto hour = number(text.substr(0, text.size() - 2), 12);
    if (!hour || *hour == 0) return std::nullopt;
    return last_past(now_ns, *hour % 12 + (text.ends_with("pm") ? 12 : 0), 0, 0);
  }
  if (text.size() != 5 && text.size() != 8) return std::nullopt;
  if (text[2] != ':' || (text.size() == 8 && text[5] != ':')) return std::nullopt;
  const auto hour = number(text.substr(0, 2), 23);
  const auto minute = number(text.substr(3, 2), 59);
  const auto second = text.size() == 8 ? number(text.substr(6), 59) : std::optional(0);
  if (!hour || !minute || !second) return std::nullopt;
  return last_past(now_ns, *hour, *minute, *second);
}

}  // namespace

Result<std::int64_t> parse_time(std::string_view text, std::int64_t now_ns) {
  if (text == "now") return now_ns;
  if (text == "today") return local(now_ns, 0, 0, 0, 0);
  if (text == "yesterday") return local(now_ns, -1, 0, 0, 0);
  if (const auto time = ago(text, now_ns)) return *time;
  if (const auto time = clock(text, now_ns)) return *time;
  if (const auto time = begin_of_day(text)) return *time;
  if (const auto time = parse_rfc3339(text)) return std::int64_t{time->time_since_epoch().count()};
  return Error{ErrorCode::kInvalidFormat,
               "time is '" + std::string(text.substr(0, 64)) + "', expected " + std::string(kTimeForms)};
}

}  // namespace atm::history
