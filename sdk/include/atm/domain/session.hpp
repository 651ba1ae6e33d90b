// SPDX-License-Identifier: MIT
// A session: one conversation with one agent, as the registry knows it and the protocol carries it.
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
#include <atm/domain/session_infrastructure.hpp>
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

/// Everything a client may know of a session. Time comes in as an argument; nothing here reads a clock.
struct SessionDomain {
  /// A session first seen at `first_sight`: active, all else unknown or zero. The agent's own start, when it
  /// tells one, replaces started_at.
  explicit SessionDomain(SessionId session, Timestamp first_sight = {})
      : id(std::move(session)),
        status_since(first_sight),
        started_at(first_sight),
        last_activity(first_sight) {}

  SessionId id;
  std::string agent;  ///< the vendor, `claude_code`
  AgentType agent_type;
  Model model;
  SessionStatus status;
  std::optional<StatusDetail> detail;
  Timestamp status_since;
  StatusCause status_cause;
  bool certain = false;  ///< the evidence determines the status (docs/specs/state.md, section 6)
  std::vector<Evidence> evidence;
  ContextUsage context;
  Money cost;
  std::string
      cost_source;  ///< who reckoned the cost; empty while it is unknown, and `cost` then means nothing
  SessionDuration duration;
  LinesChanged lines_changed;
  Timestamp started_at;
  Timestamp last_activity;
  std::optional<std::string> working_directory;
  std::optional<std::string> agent_version;
  std::optional<SessionId> parent;
  std::vector<Subagent> subagents;
  std::optional<Attention> attention;
  Facts facts;
  bool finished = false;  ///< a turn ended well since the person last looked: a mark, not a wait
  std::uint64_t rev = 0;  ///< this session's own revision, without holes

  /// No activity for more than `limits.stale_after` and nobody verified that the process lives.
  [[nodiscard]] bool is_stale(Timestamp now, bool verified_alive,
                              const Limits& limits = kDefaultLimits) const noexcept {
    if (verified_alive) return false;
    return status.kind() == StatusKind::kStale || elapsed(last_activity, now) > limits.stale_after;
  }
  /// Ended, stale, or older than `limits.max_age`; a process verified alive is kept whatever its age.
  [[nodiscard]] bool should_cleanup(Timestamp now, bool verified_alive,
                                    const Limits& limits = kDefaultLimits) const noexcept {
    if (status.kind() == StatusKind::kEnded || is_stale(now, verified_alive, limits)) return true;
    return !verified_alive && elapsed(started_at, now) > limits.max_age;
  }
  [[nodiscard]] bool needs_context_attention(const ContextThresholds& thresholds = {}) const noexcept {
    return context.is_warning(thresholds);
  }

  /// Ends the session: nothing is waited for any more and no subagent runs. Ending twice changes nothing.
  void end(Timestamp at) {
    if (status.kind() == StatusKind::kEnded) return;
    status = SessionStatus::ended();
    status_since = at;
    attention.reset();
    subagents.clear();
  }
  /// Ends it as of the last that was heard of it.
  void end() { end(last_activity); }

  friend bool operator==(const SessionDomain&, const SessionDomain&) = default;
};

}  // namespace atm
