// SPDX-License-Identifier: MIT
// The state of a session as a fold over its observations (docs/specs/state.md, observations.md).
// Nothing here reads a clock, a file or another session: same observations and arrivals, same state.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "kernel/registry/observation.hpp"
#include "kernel/registry/session_state.hpp"

namespace atm::kernel {

/// Number and awake time of something that reached the registry.
struct Arrival {
  std::uint64_t seq = 0;
  std::int64_t awake_ns = 0;
};

/// What an observation, or time, did to its session.
struct Change {
  bool status = false;                 ///< the status or its payload changed
  bool shown = false;                  ///< status, certainty or attention changed
  bool ended = false;                  ///< it ended the session just now
  bool raised = false;                 ///< its call is to be announced
  std::string_view replaced_by;        ///< the id the session goes on under; borrowed from the observation
  std::optional<std::string> cleared;  ///< the reason of an announced call that is over
};

/// The process that a record comes from: a pid, its start where that is known, and its PID namespace where that is not
/// the daemon's own.
struct ProcessKey {
  std::int64_t pid = 0;
  std::optional<std::uint64_t> start_ticks{};
  std::optional<std::uint64_t> pid_ns{};
};

/// The process that an observation itself names.
[[nodiscard]] std::optional<ProcessKey> process_in(const Observation& observation) noexcept;

/// Folds one observation into the session it belongs to. The session has a new revision then, which the
/// caller counts. `from`: the process of its record, where one is known.
Change fold(SessionState& state, const Observation& observation, const Arrival& arrival,
            const std::optional<ProcessKey>& from = std::nullopt);

/// Whether an observation of an unknown session begins one. Notices, ends and usage found in old files do
/// not, nor does what its parser marked `weak`.
[[nodiscard]] bool creates_session(const Observation& observation) noexcept;

/// Whether an observation tells nothing new of its session (STATE-E4 to STATE-E6): the same binding, level or
/// report again, history that edges told before, the exit of what has ended. To be counted, not folded.
[[nodiscard]] bool is_redundant(const SessionState& state, const Observation& observation);

/// An edge that begins a session or a turn (STATE-I3).
[[nodiscard]] bool begins(const Observation& observation) noexcept;

/// Whether an observation speaks of the process this session runs in: same pid, and same start where both are
/// known.
[[nodiscard]] bool runs_in(const SessionRuntime& where, const Observation& observation) noexcept;

/// What a session takes over from the one it replaces, as far as it does not know it itself: process,
/// terminal, agent, directory. Never cost, context or turn.
void inherit(SessionState& to, const SessionState& from);

/// What the registry itself does to a session, as if it were an observation `type` from origin `registry`.
struct Inference {
  std::string_view type;
  Timestamp at{};
  Arrival arrival{};
};

/// Not heard of for too long; any later observation takes it back. Nothing if it was stale or ended already.
Change mark_stale(SessionState& state, const Inference& inference);

/// Verified to live after all. Nothing if it was not stale.
Change mark_fresh(SessionState& state, const Inference& inference);

/// Its process is stopped by a signal, or goes on (STATE-D2). Nothing if that was known.
Change mark_stopped(SessionState& state, bool stopped, const Inference& inference);

/// One of its processes is gone: ends its part of the session, or the session if it is the only one (STATE-I14).
/// Nothing if the session does not run there.
Change end_process(SessionState& state, const ProcessKey& process, std::string_view reason,
                   const Inference& inference);

/// Ends the session for `reason`. Nothing if it has ended already.
Change end_session(SessionState& state, std::string_view reason, const Inference& inference);

/// How long silence must last before the registry draws a conclusion from it (state.md, section 8).
struct InferenceTimeouts {
  std::chrono::nanoseconds confirm = std::chrono::seconds(1);
  std::chrono::nanoseconds refute = std::chrono::seconds(1);
  std::chrono::nanoseconds dialog = std::chrono::seconds(3);
  std::chrono::nanoseconds doubt = std::chrono::seconds(10);
  std::chrono::nanoseconds doubt_alone =
      std::chrono::seconds(4);  ///< neither level nor transcript is at hand
  std::chrono::nanoseconds clear = std::chrono::seconds(2);
  std::chrono::nanoseconds startup = std::chrono::seconds(30);
  std::chrono::nanoseconds unseen = std::chrono::minutes(10);
};

/// The awake time at which silence will mean something, if nothing is heard until then.
[[nodiscard]] std::optional<std::int64_t> next_timeout(const SessionState& state,
                                                       const InferenceTimeouts& timeouts);

/// Draws every conclusion that is due at `arrival`.
Change run_timeouts(SessionState& state, const Arrival& arrival, const InferenceTimeouts& timeouts);

}  // namespace atm::kernel
