// SPDX-License-Identifier: MIT
// Limits of the transport that no configuration changes.
#pragma once

#include <atm/domain/limits.hpp>
#include <chrono>
#include <cstddef>

namespace zeromq {

inline constexpr std::chrono::milliseconds kHandshakeTime = atm::kDefaultLimits.handshake;
inline constexpr std::size_t kRequestBytes = 64 * 1024;

}  // namespace zeromq
