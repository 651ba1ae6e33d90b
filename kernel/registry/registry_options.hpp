// SPDX-License-Identifier: MIT
#pragma once

#include <atm/domain/limits.hpp>
#include <chrono>
#include <cstddef>

#include "kernel/registry/fold/fold.hpp"
#include "kernel/registry/liveness.hpp"

namespace atm::kernel {

struct RegistryOptions {
  std::size_t max_sessions = kDefaultLimits.sessions;
  std::chrono::nanoseconds stale_after = kDefaultLimits.stale_after;
  std::chrono::nanoseconds max_age = kDefaultLimits.max_age;
  std::chrono::nanoseconds ended_grace =
      std::chrono::seconds(10);  ///< how long an ended session stays visible
  std::chrono::nanoseconds remember_replaced_for =
      std::chrono::seconds(60);  ///< how long late observations of a replaced session do not restore it
  InferenceTimeouts timeouts{};
  std::chrono::nanoseconds longest_step = 2 * kDefaultLimits.cleanup_every;  ///< see AwakeClock
  Verify verify;  ///< used until the first clean-up
};

}  // namespace atm::kernel
