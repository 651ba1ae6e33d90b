// SPDX-License-Identifier: MIT
// The registry's state as bytes, for a store.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/registry/registry_state.hpp"

namespace atm::kernel {

/// Encodes a checkpoint: version, hash of the state, state, time, counters. `dropped_busy`: counters of the mailbox.
[[nodiscard]] std::string write_checkpoint(RegistryState& from, const BoundedCounters& dropped_busy);

/// The hash in a checkpoint: of the sessions, the replaced sessions and seq, without time and counters.
[[nodiscard]] std::uint64_t state_hash(RegistryState& from);

struct Checkpoint {
  std::vector<std::unique_ptr<SessionEntry>> entries;
  std::deque<ReplacedSessions::Entry> replaced;
  std::vector<std::string> internal_threads;
  std::uint64_t next_number = 1;
  std::uint64_t seq = 0;
  std::int64_t awake_ns = 0;
  RegistryCounts counts;
  BoundedCounters dropped_busy;
};

/// Nothing if the bytes are damaged or have another major version.
[[nodiscard]] std::optional<Checkpoint> read_checkpoint(std::string_view bytes);

}  // namespace atm::kernel
