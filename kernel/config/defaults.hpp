// SPDX-License-Identifier: MIT
// Limits of the kernel that no configuration changes.
#pragma once

#include <cstdint>

namespace atm::kernel {

inline constexpr std::uint32_t kObservationsPerRecord = 256;  ///< more are cut and counted
inline constexpr std::uint32_t kMaxAgeSeconds = 86'400;       ///< of a session without a verified process
inline constexpr std::uint32_t kSlowCallMs =
    50;  ///< thread time above which a call of a plugin counts as slow

}  // namespace atm::kernel
