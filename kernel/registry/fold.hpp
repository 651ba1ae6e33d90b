// SPDX-License-Identifier: MIT
// The state of a session as a fold over its observations (docs/specs/observations.md, "Rules of the fold").
// Nothing here reads a clock, a file or another session: same observations, same state.
#pragma once

#include <cstdint>
#include <string_view>

#include "kernel/registry/observation.hpp"
#include "kernel/registry/session_state.hpp"

namespace atm::kernel {

/// What an observation did to its session.
struct Change {
  bool status = false;           ///< the status or its payload changed
  bool ended = false;            ///< it ended the session just now
  std::string_view replaced_by;  ///< the id the session goes on under; borrowed from the observation
};

/// Folds one observation into the session it belongs to; `seq` is its number. Every observation is activity,
/// so the session always has a new revision, which the caller counts.
Change fold(SessionState& state, const Observation& observation, std::uint64_t seq);

/// Whether an observation of an unknown session begins one. Notices, ends and usage found in old files do
/// not, nor does what its parser marked `weak`.
[[nodiscard]] bool creates_session(const Observation& observation) noexcept;

/// Whether process.bound tells nothing new of a session that lives: parsers say it again with every record.
[[nodiscard]] bool is_known_binding(const SessionState& state, const Observation& bound) noexcept;

/// Whether process.exited speaks of the process this session runs in: same pid, and same start where both are
/// known.
[[nodiscard]] bool runs_in(const SessionInfrastructure& where, const Observation& exited) noexcept;

/// What a session takes over from the one it replaces, as far as it does not know it itself: process,
/// terminal, agent, directory. Never cost, context or turn.
void inherit(SessionState& to, const SessionState& from);

/// What the registry itself does to a session, as if it were an observation `type` from origin `registry`.
struct Verdict {
  std::string_view type;
  Timestamp at{};
  std::uint64_t seq = 0;
};

/// Not heard of for too long; any later observation takes it back. False if it was stale or ended already.
bool mark_stale(SessionState& state, const Verdict& verdict);

/// Verified to live after all. False if it was not stale.
bool mark_fresh(SessionState& state, const Verdict& verdict);

/// Ends the session for `reason`. False if it has ended already.
bool end_session(SessionState& state, std::string_view reason, const Verdict& verdict);

}  // namespace atm::kernel
