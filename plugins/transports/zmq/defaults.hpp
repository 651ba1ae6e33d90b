// SPDX-License-Identifier: MIT
// Limits of the transport that no configuration changes.
#pragma once

#include <atm/domain/limits.hpp>
#include <chrono>
#include <cstddef>

namespace zeromq {

inline constexpr std::chrono::milliseconds kHandshakeTime = atm::kDefaultLimits.handshake;
inline constexpr std::size_t kRequestBytes = 64 * 1024;
inline constexpr std::size_t kMaxRequests = 16;  ///< pending requests of one peer
/// Bytes of replies queued for one peer. Above it, requests are answered `busy`; one reply may exceed it.
inline constexpr std::size_t kOutBytes = 1024 * 1024;
inline constexpr std::size_t kLineBytes =
    atm::kDefaultLimits.line_bytes;  ///< longest frame of a `sessions` reply

}  // namespace zeromq
