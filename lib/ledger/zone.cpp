// SPDX-License-Identifier: MIT
#include "ledger/zone.hpp"

#include <time.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string_view>

namespace atm::ledger {

namespace {

constexpr Time kNanos = 1'000'000'000;

// glibc takes any text as a zone and means UTC by one that it does not know.
bool exists(const std::string& name) {
  if (name == "UTC") return true;
  if (name.empty() || name.front() == '/' || name.find("..") != name.npos) return false;
  const char* const directory = std::getenv("TZDIR");
  std::ifstream file((directory == nullptr ? "/usr/share/zoneinfo" : std::string(directory)) + "/" + name,
                     std::ios::binary);
  char magic[4] = {};
  return file.read(magic, 4) && std::string_view(magic, 4) == "TZif";
}

Day civil_day(time_t seconds) {
  tm local{};
  localtime_r(&seconds, &local);
  const std::chrono::year_month_day date{std::chrono::year{local.tm_year + 1900},
                                         std::chrono::month{static_cast<unsigned>(local.tm_mon + 1)},
                                         std::chrono::day{static_cast<unsigned>(local.tm_mday)}};
  return static_cast<Day>(std::chrono::sys_days{date}.time_since_epoch().count());
}

}  // namespace

Result<Zone> Zone::open(const std::string& name) {
  if (!name.empty()) {
    if (!exists(name))
      return Error::invalid_field("--tz", name, "a time zone of this system; see timedatectl list-timezones");
    setenv("TZ", name == "UTC" ? "UTC0" : (":" + name).c_str(), 1);
  }
  tzset();
  return Zone(name.empty() ? "local time" : name);
}

Time Zone::begin(Day day) const {
  // A day begins between 26 hours before and after midnight UTC. The search assumes nothing about changes of the clock
  // except that days do not go backwards.
  time_t low = time_t{day} * 86'400 - 26 * 3'600;
  time_t high = time_t{day} * 86'400 + 26 * 3'600;
  while (low < high) {
    const time_t middle = low + (high - low) / 2;
    if (civil_day(middle) < day) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  const Time time = Time{low} * kNanos;
  if (time >= kQuartersBegin && time % kQuarter != 0) has_full_quarters_ = false;
  return time;
}

Day Zone::day(Time time) const {
  if (auto next = days_.upper_bound(time); next != days_.begin()) {
    const auto& [end, day] = std::prev(next)->second;
    if (time < end) return day;
  }
  const Day day = civil_day(static_cast<time_t>(time / kNanos - (time % kNanos < 0 ? 1 : 0)));
  days_[begin(day)] = {begin(day + 1), day};
  return day;
}

Day week_of(Day day) noexcept {
  // 1970-01-01 was a Thursday.
  const Day from_monday = ((day + 3) % 7 + 7) % 7;
  return day - from_monday;
}

Day month_of(Day day) noexcept {
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{day}}};
  return static_cast<Day>(std::chrono::sys_days{date.year() / date.month() / 1}.time_since_epoch().count());
}

}  // namespace atm::ledger
