// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string>

#include "command.hpp"

namespace atm::cli {

/// The daemon's time to answer, because the user waits.
inline constexpr std::chrono::milliseconds kAnswerTime{1000};

/// Acknowledges the attention of the session with this id.
[[nodiscard]] Result<void> acknowledge(const Global& global, const std::string& id);

}  // namespace atm::cli
