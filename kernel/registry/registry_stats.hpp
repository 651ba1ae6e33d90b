// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "kernel/registry/bounded_counters.hpp"

namespace atm::kernel {

/// Counters that only the registry's thread changes.
struct RegistryCounts {
  std::uint64_t sessions = 0;
  std::uint64_t max_sessions = 0;
  std::uint64_t observations = 0;  ///< folded into a session
  std::uint64_t ignored = 0;       ///< of an unknown session that the observation cannot create
  std::uint64_t events = 0;        ///< newest seq
  std::uint64_t registered = 0;
  std::uint64_t removed = 0;
  std::uint64_t evicted = 0;        ///< part of the removed sessions: removed to make room
  std::uint64_t rejected_full = 0;  ///< observations whose new session would exceed the limit
  std::uint64_t analyzer_calls = 0;
  std::uint64_t analyzer_failures = 0;
  std::uint64_t facts_refused = 0;  ///< foreign prefix, not finite, or over the limit
};

struct RegistryStats : RegistryCounts {
  std::uint64_t mailbox_depth = 0;
  std::uint64_t mailbox_capacity = 0;
  bool dead = false;               ///< the registry failed and accepts nothing
  BoundedCounters dropped_busy;    ///< observations refused by a full mailbox, by origin
  BoundedCounters other_types;     ///< observations whose type is not in this vocabulary, by type
  BoundedCounters unknown_events;  ///< agent events that the parser does not know, by type and agent version
};

}  // namespace atm::kernel
