// SPDX-License-Identifier: MIT
// The registry's state as bytes, for a store.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/registry/registry_stats.hpp"
#include "kernel/registry/replaced_sessions.hpp"
#include "kernel/registry/session_table.hpp"

namespace atm::kernel {

/// The parts of the registry that a checkpoint contains, borrowed.
struct CheckpointSource {
  std::vector<SessionEntry*> entries;  ///< in order of registration
  const ReplacedSessions& replaced;
  std::uint64_t next_number;
  std::uint64_t seq;
  std::int64_t awake_ns;
  const RegistryStats& counts;
};

/// Encodes a checkpoint: version, hash of the state, state, time, counters.
[[nodiscard]] std::string write_checkpoint(const CheckpointSource& from);

/// The hash in a checkpoint: of the sessions, the replaced sessions and seq, without time and counters.
[[nodiscard]] std::uint64_t state_hash(const CheckpointSource& from);

struct Checkpoint {
  std::vector<std::unique_ptr<SessionEntry>> entries;
  std::deque<ReplacedSessions::Entry> replaced;
  std::uint64_t next_number = 1;
  std::uint64_t seq = 0;
  std::int64_t awake_ns = 0;
  RegistryStats counts;
};

/// Nothing if the bytes are damaged or have another major version.
[[nodiscard]] std::optional<Checkpoint> read_checkpoint(std::string_view bytes);

}  // namespace atm::kernel
