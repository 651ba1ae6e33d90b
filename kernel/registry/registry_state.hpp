// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "kernel/registry/bounded_counters.hpp"
#include "kernel/registry/deadline_queue.hpp"
#include "kernel/registry/fold/fold.hpp"
#include "kernel/registry/registry_options.hpp"
#include "kernel/registry/replaced_sessions.hpp"
#include "kernel/registry/session_table.hpp"

namespace atm::kernel {

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

/// The state of the registry: all sessions, and the number and awake time of the newest input.
struct RegistryState {
  explicit RegistryState(const RegistryOptions& options)
      : table(options.max_sessions), replaced(options.remember_replaced_for.count()) {}

  /// The newest event and the time of the current input.
  [[nodiscard]] Arrival now() const noexcept { return {seq, now_ns}; }
  /// The number of the next event and the time of the current input.
  [[nodiscard]] Arrival next() const noexcept { return {seq + 1, now_ns}; }

  /// Of the session's agent; unknown for a restored session without later evidence: what the agent reported meanwhile
  /// may be lost.
  [[nodiscard]] AgentCapabilities capabilities_of(const SessionState& state) const {
    if (state.fold_state.newest_ns <= restored_ns) return {};
    const auto found = capabilities.find(state.domain.agent);
    return found == capabilities.end() ? AgentCapabilities{} : found->second;
  }

  CapabilitiesByAgent capabilities;
  std::int64_t restored_ns = -1;  ///< awake time of the restored state
  /// Ids of threads that are no sessions of the user, the newest last.
  std::vector<std::string> internal_threads;
  SessionTable table;
  DeadlineQueue deadlines;
  ReplacedSessions replaced;
  std::uint64_t seq = 0;
  std::int64_t now_ns = 0;
  RegistryCounts counts;
  BoundedCounters other_types;     ///< observations whose type is not in this vocabulary, by type
  BoundedCounters unknown_events;  ///< agent events that the parser does not know, by type and agent version
};

}  // namespace atm::kernel
