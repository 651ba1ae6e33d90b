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

std::int64_t last_past(std::int64_t now_ns, int hour, int minute, int second) {
  const std::int64_t today = local(now_ns, 0, hour, minute, second);
  return today <= now_ns ? today : local(now_ns, -1, hour, minute, second);
}

std::optional<std::int64_t> ago(std::string_view text, std::int64_t now_ns) {
  if (text.size() < 3 || text.front() != '-') return std::nullopt;
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
      unit = 86'400 * kSecond;
      break;
    default:
      return std::nullopt;
  }
  constexpr int kMost = 100'000;  // 273 years in days fit into 64 bits
  const auto count = number(text.substr(1, text.size() - 2), kMost);
  return count ? std::optional(now_ns - *count * unit) : std::nullopt;
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
  if (const auto time = parse_rfc3339(text)) return std::int64_t{time->time_since_epoch().count()};
  return Error{ErrorCode::kInvalidFormat,
               "time is '" + std::string(text.substr(0, 64)) +
                   "', expected 2027-01-15T08:00:00Z, 14:32, 9am, -2h, -7d, today or yesterday"};
}

}  // namespace atm::history
