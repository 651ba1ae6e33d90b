// SPDX-License-Identifier: MIT
// Limits of the kernel that no configuration changes.
#pragma once

#include <cstdint>

namespace atm::kernel {

/// Messages in each lane of the registry's mailbox. A full mailbox delays its senders and loses nothing.
inline constexpr std::uint32_t kMailbox = 4'096;
inline constexpr std::uint32_t kObservationsPerRecord = 256;  ///< more are cut and counted
inline constexpr std::uint32_t kMaxAgeSeconds = 86'400;       ///< of a session without a verified process
inline constexpr std::uint32_t kSlowCallMs =
    50;  ///< thread time above which a call of a plugin counts as slow
inline constexpr std::uint32_t kSlowCallsBeforePause = 5;  ///< consecutive slow calls that pause a plugin

}  // namespace atm::kernel
