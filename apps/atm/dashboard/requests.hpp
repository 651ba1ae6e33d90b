// SPDX-License-Identifier: MIT
#pragma once

#include <atm/client/follower.hpp>
#include <chrono>
#include <optional>
#include <string>

#include "command.hpp"

namespace atm::cli {

/// The daemon's time to answer, because the user waits.
inline constexpr std::chrono::milliseconds kAnswerTime{1000};

/// Follows the daemon, which it starts if autostart is on. Without a daemon the follower connects later, and `missing`
/// states the reason.
[[nodiscard]] Result<client::Follower> follow_daemon(const Global& global, std::optional<Error>& missing);

/// Acknowledges the attention of the session with this id.
[[nodiscard]] Result<void> acknowledge(const Global& global, const std::string& id);

}  // namespace atm::cli
