// SPDX-License-Identifier: MIT
// Limits of the transport that no configuration changes.
#pragma once

#include <atm/domain/limits.hpp>
#include <chrono>
#include <cstddef>

namespace unix_socket {

inline constexpr std::size_t kLineBytes =
    atm::kDefaultLimits.line_bytes;  ///< longest line, in both directions
inline constexpr std::chrono::milliseconds kHandshakeTime = atm::kDefaultLimits.handshake;  ///< for `hello`
inline constexpr std::size_t kMaxReplies = 64;  ///< pending requests of one client
/// How long a client waits for a busy host before its message is refused.
inline constexpr std::chrono::milliseconds kBusyTime{1000};
inline constexpr std::chrono::seconds kSpoolMaxAge{86'400};  ///< older spool entries are not ingested

}  // namespace unix_socket
