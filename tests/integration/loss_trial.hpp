// SPDX-License-Identifier: MIT
// One trial of a subscription that loses, delays and breaks off: a real registry and bus, the protocol's own writer, a
// boundary with dice, and a client's copy behind it.
#pragma once

#include <cstdint>
#include <string>

namespace atm::test {

/// What happened in trials, to show that they try something.
struct LossTally {
  std::uint64_t messages = 0;
  std::uint64_t gaps = 0;
  std::uint64_t missed = 0;      ///< events that gaps announced
  std::uint64_t parts = 0;       ///< `sessions` that were not the last of their snapshot
  std::uint64_t void_parts = 0;  ///< snapshots that a gap or an end of the connection broke off
  std::uint64_t torn_lines = 0;  ///< connections that ended within a line
  std::uint64_t reconnects = 0;
  std::uint64_t resubscriptions = 0;
  std::uint64_t restarts = 0;
  std::uint64_t sessions_ended = 0;      ///< which the daemon before had, and the next has not
  std::uint64_t sessions_begun = 0;      ///< the reverse
  std::uint64_t comparisons = 0;         ///< of the copy with the registry
  std::uint64_t accounted = 0;           ///< activities of which each was delivered, or announced as missed
  std::uint64_t unaccounted_trials = 0;  ///< whose witness overflowed itself
};

/// Plays the trial of this seed. Empty: at each rest the copy was the registry's, and nothing was lost without a word;
/// else what went wrong.
[[nodiscard]] std::string play_loss_trial(std::uint32_t seed, LossTally& tally);

}  // namespace atm::test
