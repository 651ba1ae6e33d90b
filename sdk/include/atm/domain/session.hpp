// SPDX-License-Identifier: MIT
// A session as the registry keeps it and the protocol carries it.
#pragma once

#include <atm/domain/agent_type.hpp>
#include <atm/domain/attention.hpp>
#include <atm/domain/context_usage.hpp>
#include <atm/domain/duration.hpp>
#include <atm/domain/evidence.hpp>
#include <atm/domain/facts.hpp>
#include <atm/domain/ids.hpp>
#include <atm/domain/limits.hpp>
#include <atm/domain/lines_changed.hpp>
#include <atm/domain/model.hpp>
#include <atm/domain/money.hpp>
#include <atm/domain/rare.hpp>
#include <atm/domain/session_mode.hpp>
#include <atm/domain/session_runtime.hpp>
#include <atm/domain/session_status.hpp>
#include <atm/domain/status_cause.hpp>
#include <atm/domain/status_detail.hpp>
#include <atm/domain/subagent.hpp>
#include <atm/domain/timestamp.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace atm {

/// The state of one session: everything that a client can learn about it, apart from its process.
///
/// The registry, the wire protocol and clients share this type, so that a state has the same meaning on both sides. It
/// reads no clock: times are arguments. An unknown optional member is absent; an unknown text is empty. All times are
/// UTC. A value type: not synchronised.
struct SessionDomain {
  /// A session first observed at `first_sight`: active, everything else unknown or zero. The agent's own start time
  /// replaces started_at when it is reported.
  explicit SessionDomain(SessionId session, Timestamp first_sight = {})
      : id(std::move(session)),
        status_since(first_sight),
        started_at(first_sight),
        last_activity(first_sight) {}

  SessionId id;
  std::string agent;  ///< `claude_code`
  /// The role of the agent in this session.
  AgentType agent_type;
  Model model;
  SessionMode mode;
  /// The title that the agent or the user gave; empty: none is known.
  std::string name;
  SessionStatus status;
  /// A word that says more about the status, while an agent reports one.
  Rare<StatusDetail> detail;
  /// When the status began.
  Timestamp status_since;
  /// The observation that gave the session its status.
  StatusCause status_cause;
  bool certain = false;  ///< the evidence proves the status (docs/specs/state.md, section 6)
  /// The latest evidence of each origin, at most six.
  std::vector<Evidence> evidence;
  ContextUsage context;
  /// Total cost of the session; meaningless while cost_source is empty.
  Money cost;
  /// Origin of the cost; empty while the cost is unknown.
  std::string cost_source;
  SessionDuration duration;
  LinesChanged lines_changed;
  /// The agent's start time, else the time of the first observation.
  Timestamp started_at;
  Timestamp last_activity;
  std::optional<std::string> working_directory;
  std::optional<std::string> agent_version;
  /// The session that started this one, where the agent reports it.
  Rare<SessionId> parent;
  /// The session whose conversation this one continues as a copy, where the agent reports it.
  Rare<SessionId> forked_from;
  /// Subagents that run now.
  std::vector<Subagent> subagents;
  /// Present while the user is needed.
  std::optional<Attention> attention;
  /// The facts that analyzers derived or the agent reported.
  Facts facts;
  bool finished = false;  ///< a turn has ended well and the user has neither acknowledged it nor prompted
  std::uint64_t rev = 0;  ///< revision of this session; rises by one with each change

  /// Whether nothing was observed for more than `stale_after` of the limits, or the status is stale. False if
  /// `verified_alive`: the process of the session is known to live.
  [[nodiscard]] bool is_stale(Timestamp now, bool verified_alive,
                              const Limits& limits = kDefaultLimits) const noexcept {
    if (verified_alive) return false;
    return status.kind() == StatusKind::kStale || elapsed(last_activity, now) > limits.stale_after;
  }
  /// Whether the session can be removed: it ended, is stale, or is older than `max_age` of the limits. A session whose
  /// process is verified alive is kept at any age unless it ended.
  [[nodiscard]] bool should_cleanup(Timestamp now, bool verified_alive,
                                    const Limits& limits = kDefaultLimits) const noexcept {
    if (status.kind() == StatusKind::kEnded || is_stale(now, verified_alive, limits)) return true;
    return !verified_alive && elapsed(started_at, now) > limits.max_age;
  }
  /// Whether the context is at or above the warning threshold.
  [[nodiscard]] bool needs_context_attention(const ContextThresholds& thresholds = {}) const noexcept {
    return context.is_warning(thresholds);
  }

  /// Ends the session at `at`: removes attention and subagents. A second call changes nothing.
  void end(Timestamp at) {
    if (status.kind() == StatusKind::kEnded) return;
    status = SessionStatus::ended();
    status_since = at;
    attention.reset();
    subagents.clear();
  }
  /// Ends the session at its last activity.
  void end() { end(last_activity); }

  friend bool operator==(const SessionDomain&, const SessionDomain&) = default;
};

}  // namespace atm
