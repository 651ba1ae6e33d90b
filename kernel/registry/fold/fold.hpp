// SPDX-License-Identifier: MIT
// The state of a session as a fold over its observations (docs/specs/state.md, observations.md). The fold reads no
// clock, file or other session: the same observations and arrivals give the same state.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "kernel/model/agent_capabilities.hpp"
#include "kernel/model/observation.hpp"
#include "kernel/model/session_state.hpp"

namespace atm::kernel {

/// Number and awake time of an input of the registry.
struct Arrival {
  std::uint64_t seq = 0;
  std::int64_t awake_ns = 0;
};

/// The effect of an observation or a timeout on its session.
struct Change {
  bool status = false;           ///< the status or its payload changed
  bool shown = false;            ///< status, certainty or attention changed
  bool ended = false;            ///< this observation ended the session
  bool raised = false;           ///< attention must be announced
  bool doubted = false;          ///< silence made the status uncertain (STATE-C3)
  std::string_view replaced_by;  ///< id of the session that replaces this one; borrowed from the observation
  std::optional<std::string> cleared;  ///< reason why announced attention was cleared
};

/// The process of a record: a pid, its start time if known, and its PID namespace if it differs from the daemon's.
struct ProcessKey {
  std::int64_t pid = 0;
  std::optional<std::uint64_t> start_ticks{};
  std::optional<std::uint64_t> pid_ns{};
};

/// The process named in the observation itself.
[[nodiscard]] std::optional<ProcessKey> process_in(const Observation& observation) noexcept;

/// Folds one observation into its session. The caller counts the new revision. `from`: the process of the record, if
/// known.
Change fold(SessionState& state, const Observation& observation, const Arrival& arrival,
            const std::optional<ProcessKey>& from = std::nullopt);

/// Whether an observation of an unknown session creates one. Notices, ends, usage from old files and `weak`
/// observations do not.
[[nodiscard]] bool creates_session(const Observation& observation) noexcept;

/// Whether an observation contains nothing new (STATE-E4 to STATE-E6): a repeated binding, level or report, history
/// already known from edges, or the exit of an ended process. The registry counts it and does not fold it.
[[nodiscard]] bool is_redundant(const SessionState& state, const Observation& observation);

/// An edge that begins a session or a turn (STATE-I3).
[[nodiscard]] bool begins(const Observation& observation) noexcept;

/// Whether an observation names the process of this session: same pid, and same start time if both are known.
[[nodiscard]] bool runs_in(const SessionRuntime& where, const Observation& observation) noexcept;

/// Copies process, terminal, agent and directory from the replaced session where the new one does not know them. Never
/// copies cost, context or turn.
void inherit(SessionState& to, const SessionState& from);

/// A change made by the registry itself, equivalent to an observation `type` from origin `registry`.
struct Inference {
  std::string_view type;
  Timestamp at{};
  Arrival arrival{};
};

/// Marks a session without evidence as stale; any later observation reverts it. No effect on a stale or ended session.
Change mark_stale(SessionState& state, const Inference& inference);

/// Reverts mark_stale() for a session verified as alive. No effect on a session that is not stale.
Change mark_fresh(SessionState& state, const Inference& inference);

/// Records that a signal stopped or continued its process (STATE-D2). No effect if already known.
Change mark_stopped(SessionState& state, bool stopped, const Inference& inference);

/// Removes an exited process from the session, and ends the session if it was the only one (STATE-I14). No effect if
/// the session does not run in that process.
Change end_process(SessionState& state, const ProcessKey& process, std::string_view reason,
                   const Inference& inference);

/// Ends the session with `reason`. No effect on an ended session.
Change end_session(SessionState& state, std::string_view reason, const Inference& inference);

/// Copies the wait that a child session asks itself to its parent, or removes the copy (STATE-B7). `is_gone`: the child
/// is removed.
Change mirror_wait(SessionState& parent, const SessionState& child, bool is_gone, const Inference& inference);

/// Whether the session has a wait of its own: no idle prompt, and no copy.
[[nodiscard]] bool asks_itself(const SessionState& child) noexcept;

/// The child whose question the session shows; empty: it shows none of a child.
[[nodiscard]] std::string_view asking_child(const SessionState& parent) noexcept;

/// The user has seen the question that the child itself asks, at one of its ancestors.
Change acknowledge_own_wait(SessionState& child, const Inference& inference);

/// Whether the session shows a wait other than an idle prompt.
[[nodiscard]] bool shows_question(const SessionState& state) noexcept;

/// The time without evidence after which each timeout applies (state.md, section 8).
struct InferenceTimeouts {
  std::chrono::nanoseconds confirm = std::chrono::seconds(1);
  std::chrono::nanoseconds refute = std::chrono::seconds(1);
  static constexpr std::chrono::nanoseconds kRefuteByTitle = std::chrono::seconds(3);
  std::chrono::nanoseconds dialog = std::chrono::seconds(3);
  std::chrono::nanoseconds doubt = std::chrono::seconds(10);
  std::chrono::nanoseconds doubt_alone = std::chrono::seconds(4);  ///< without levels and transcript
  std::chrono::nanoseconds doubt_wait = std::chrono::seconds(2);   ///< the agent does not report an answer
  std::chrono::nanoseconds doubt_turn = std::chrono::seconds(3);   ///< the agent reports no interruption
  std::chrono::nanoseconds clear = std::chrono::seconds(2);
  std::chrono::nanoseconds startup = std::chrono::seconds(30);
  std::chrono::nanoseconds unseen = std::chrono::minutes(10);
};

/// The awake time of the next timeout if no evidence arrives before it.
[[nodiscard]] std::optional<std::int64_t> next_timeout(const SessionState& state,
                                                       const InferenceTimeouts& timeouts,
                                                       const AgentCapabilities& agent = {});

/// Runs every timeout that is due at `arrival`. `doubts`: whether `state.doubted` ran, if a store knows it; absent: the
/// rule decides.
Change run_timeouts(SessionState& state, const Arrival& arrival, const InferenceTimeouts& timeouts,
                    const AgentCapabilities& agent = {}, std::optional<bool> doubts = std::nullopt);

}  // namespace atm::kernel
