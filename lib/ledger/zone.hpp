// SPDX-License-Identifier: MIT
// Civil days of a time zone (COST-U27).
#pragma once

#include <atm/domain/error.hpp>
#include <map>
#include <string>

#include "ledger/prices.hpp"
#include "ledger/record.hpp"

namespace atm::ledger {

/// A quarter of an hour. Since 2020 every civil day of every named zone begins at a full one.
inline constexpr Time kQuarter = 900'000'000'000;
inline constexpr Time kQuartersBegin = 1'577'836'800'000'000'000;  ///< 2020-01-01

class Zone final {
 public:
  /// `name` is one of the system's time zones, such as `Europe/Berlin`, or empty for the zone of the process. A name
  /// sets TZ for the whole process, so call this before threads start; one Zone exists at a time.
  [[nodiscard]] static Result<Zone> open(const std::string& name);

  /// The civil day of a time that is not kUndated.
  [[nodiscard]] Day day(Time time) const;

  /// The first instant of a civil day.
  [[nodiscard]] Time begin(Day day) const;

  /// Whether all days of day() and begin() so far begin at full quarters, those before 2020 left out. A zone that is
  /// written as an offset need not have such days.
  [[nodiscard]] bool has_full_quarters() const noexcept { return has_full_quarters_; }

  /// `Europe/Berlin`, or `local time`.
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

 private:
  explicit Zone(std::string name) : name_(std::move(name)) {}

  std::string name_;
  mutable bool has_full_quarters_ = true;
  mutable std::map<Time, std::pair<Time, Day>> days_;  // first instant -> end, day: of the days seen
};

/// The Monday of the week of `day`, and the first day of its month.
[[nodiscard]] Day week_of(Day day) noexcept;
[[nodiscard]] Day month_of(Day day) noexcept;

}  // namespace atm::ledger
