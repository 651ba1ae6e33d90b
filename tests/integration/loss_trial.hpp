// SPDX-License-Identifier: MIT
// One trial of a subscription with loss, delay and disconnection: a real registry and bus, the protocol's own writer, a
// random boundary, and a client's copy.
#pragma once

#include <cstdint>
#include <string>

namespace atm::test {

/// Counts of the trials, to prove that they cover the cases.
struct LossTally {
  std::uint64_t messages = 0;
  std::uint64_t gaps = 0;
  std::uint64_t missed = 0;      ///< events that gaps announced
  std::uint64_t parts = 0;       ///< `sessions` that were not the last of their snapshot
  std::uint64_t void_parts = 0;  ///< snapshots that a gap or the end of the connection interrupted
  std::uint64_t torn_lines = 0;  ///< connections that ended within a line
  std::uint64_t reconnects = 0;
  std::uint64_t resubscriptions = 0;
  std::uint64_t restarts = 0;
  std::uint64_t sessions_ended = 0;      ///< in the former daemon but not in the next
  std::uint64_t sessions_begun = 0;      ///< the reverse
  std::uint64_t comparisons = 0;         ///< of the copy with the registry
  std::uint64_t accounted = 0;           ///< activities that were delivered or announced as missed
  std::uint64_t unaccounted_trials = 0;  ///< whose reference subscriber overflowed
};

/// Runs the trial of this seed. Empty if at each checkpoint the copy equals the registry and every loss was announced;
/// else the fault.
[[nodiscard]] std::string play_loss_trial(std::uint32_t seed, LossTally& tally);

}  // namespace atm::test
