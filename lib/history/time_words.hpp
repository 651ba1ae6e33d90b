// SPDX-License-Identifier: MIT
// The times that a user writes: --at, --since, --until, --before. Every command reads them here.
#pragma once

#include <atm/domain/error.hpp>
#include <cstdint>
#include <string_view>

namespace atm::history {

/// The forms of a time, for help texts and error messages.
inline constexpr std::string_view kTimeForms =
    "14:32, 9am, -30s, -5m, -2h, -7d, today, yesterday, 2026-11-22 or 2026-11-22T08:00:00Z";

/// `HH:MM` or `HH:MM:SS`, the last one before now; `9am`, `11pm`; `-30s`, `-5m`, `-2h`, `-7d` (the same time seven days
/// ago), also without the sign; `today`, `yesterday` and a day (their beginnings); RFC 3339; `now`. Days and hours are
/// those of the local time zone. Unix time in nanoseconds. kInvalidFormat: any other text.
[[nodiscard]] Result<std::int64_t> parse_time(std::string_view text, std::int64_t now_ns);

}  // namespace atm::history
