// SPDX-License-Identifier: MIT
// The times that a user writes: --at, --since, --until, --before.
#pragma once

#include <atm/domain/error.hpp>
#include <cstdint>
#include <string_view>

namespace atm::history {

/// RFC 3339; `HH:MM` or `HH:MM:SS`, the last one before now; `9am`, `11pm`; `-30s`, `-5m`, `-2h`, `-7d`; `yesterday`
/// (its beginning); `today`; `now`. Days and hours are those of the local time zone. Unix time in nanoseconds.
[[nodiscard]] Result<std::int64_t> parse_time(std::string_view text, std::int64_t now_ns);

}  // namespace atm::history
