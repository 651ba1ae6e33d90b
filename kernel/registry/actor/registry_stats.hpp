// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "kernel/registry/registry_state.hpp"

namespace atm::kernel {

struct RegistryStats : RegistryCounts {
  std::uint64_t stored_inputs = 0;  ///< passed to the store since the start
  std::uint64_t mailbox_depth = 0;
  std::uint64_t mailbox_capacity = 0;
  bool dead = false;               ///< the registry failed and accepts nothing
  BoundedCounters dropped_busy;    ///< observations refused by a full mailbox, by origin
  BoundedCounters other_types;     ///< see RegistryState
  BoundedCounters unknown_events;  ///< see RegistryState
};

}  // namespace atm::kernel
