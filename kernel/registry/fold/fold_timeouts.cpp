// SPDX-License-Identifier: MIT
// Timeouts: rules that apply after a time without evidence (state.md, section 8).
#include <algorithm>
#include <utility>
#include <vector>

#include "kernel/registry/fold/fold_rules.hpp"

namespace atm::kernel {
namespace {

using rules::Cause;

/// An agent that states a later time for its next attempt is not believed.
constexpr std::chrono::nanoseconds kLongestRetry = std::chrono::minutes(10);

/// The child session settles the copy of its wait.
bool is_unsettled(const OpenWait& wait) noexcept {
  return !wait.attention.confirmed && !wait.of_child;
}

/// A question that the agent shows appears in its level within moments; the agent itself answered any other.
bool is_refuted(const FoldState& fold_state, const OpenWait& wait) noexcept {
  return !wait.from_dialog && rules::has_live_level(fold_state) &&
         fold_state.level.state != LevelState::kWaiting;
}

std::chrono::nanoseconds delay_of(const FoldState& fold_state, const OpenWait& wait,
                                  const InferenceTimeouts& timeouts) {
  if (wait.from_dialog) return timeouts.dialog;
  if (rules::is_startup_question(wait)) return timeouts.startup;
  if (!is_refuted(fold_state, wait)) return timeouts.confirm;
  return rules::is_of_title(fold_state.level) ? InferenceTimeouts::kRefuteByTitle : timeouts.refute;
}

/// Whether all evidence consists of edges, none of which reports an interruption.
bool has_edges_alone(const FoldState& fold_state) noexcept {
  return fold_state.level.state == LevelState::kUnknown && !fold_state.has_records &&
         !fold_state.reports_interruptions;
}

/// How long a turn or wait stays certain without evidence; absent: it does not become uncertain (STATE-C3).
std::optional<std::chrono::nanoseconds> doubt_after(const FoldState& fold_state, bool waits,
                                                    const InferenceTimeouts& timeouts,
                                                    const AgentCapabilities& agent) noexcept {
  const bool is_turn = !waits && fold_state.turn == Turn::kOpen && !fold_state.compacting;
  const Capability reported = waits     ? agent.permission_resolved
                              : is_turn ? agent.interrupt
                                        : Capability::kUnstated;
  // An agent that gives up after a failed request may not report it.
  const bool may_have_given_up = is_turn && fold_state.failed_request;
  if (fold_state.level.state == LevelState::kUnknown && !may_have_given_up) {
    if (reported == Capability::kExact) return std::nullopt;
    if (waits && reported == Capability::kInferred) return timeouts.doubt_wait;
    if (is_turn && reported == Capability::kNone) return timeouts.doubt_turn;
  }
  return has_edges_alone(fold_state) ? timeouts.doubt_alone : timeouts.doubt;
}

std::optional<std::int64_t> doubt_due(const SessionState& state, const InferenceTimeouts& timeouts,
                                      const AgentCapabilities& agent) {
  const FoldState& fold_state = state.fold_state;
  if (!state.domain.certain || fold_state.ended) return std::nullopt;
  const OpenWait* wait = rules::oldest_wait(fold_state);
  if (wait != nullptr && wait->of_child) return std::nullopt;
  const bool can_end_unheard = (wait != nullptr && !rules::is_idle_prompt(*wait)) ||
                               (wait == nullptr && (state.domain.status.is_active() ||
                                                    state.domain.status.kind() == StatusKind::kBackground));
  if (!can_end_unheard || rules::stance_of_level(fold_state.level, state) == Stance::kAgrees)
    return std::nullopt;
  const std::int64_t asked_ns = wait == nullptr ? 0 : wait->attention.asked_ns;
  const auto doubt = doubt_after(fold_state, wait != nullptr, timeouts, agent);
  if (!doubt) return std::nullopt;
  const auto& failed = fold_state.failed_request;
  const auto retry = failed && failed->next_at ? std::clamp(elapsed(failed->at, *failed->next_at),
                                                            std::chrono::nanoseconds(0), kLongestRetry)
                                               : std::chrono::nanoseconds(0);
  return std::max(fold_state.edge_ns, asked_ns) + (*doubt + retry).count();
}

/// No source sees the session's process: the last evidence holds for a limited time (STATE-I11).
std::optional<std::int64_t> unseen_due(const SessionState& state, const InferenceTimeouts& timeouts) {
  if (!state.runtime.pid_ns || !state.domain.certain || state.fold_state.ended) return std::nullopt;
  return state.fold_state.newest_ns + timeouts.unseen.count();
}

std::optional<std::int64_t> clear_due(const FoldState& fold_state, const InferenceTimeouts& timeouts) {
  if (!fold_state.shown.over || !fold_state.shown.announced) return std::nullopt;
  return fold_state.shown.over_ns + timeouts.clear.count();
}

std::optional<std::int64_t> wait_due(const FoldState& fold_state, const InferenceTimeouts& timeouts) {
  std::optional<std::int64_t> due;
  for (const OpenWait& wait : fold_state.waits) {
    if (is_unsettled(wait))
      due = std::min(due.value_or(INT64_MAX),
                     wait.attention.asked_ns + delay_of(fold_state, wait, timeouts).count());
  }
  return due;
}

bool is_due(std::optional<std::int64_t> due, std::int64_t now_ns) {
  return due && *due <= now_ns;
}

void settle_waits(SessionState& state, const Arrival& arrival, const InferenceTimeouts& timeouts,
                  Change& change) {
  FoldState& fold_state = state.fold_state;
  Timestamp at{};
  bool is_any_refuted = false;
  const auto is_over = [&](OpenWait& wait) {
    const auto delay = delay_of(fold_state, wait, timeouts);
    if (!is_unsettled(wait) || wait.attention.asked_ns + delay.count() > arrival.awake_ns) return false;
    at = std::max(at, wait.since + delay);
    const bool refuted = is_refuted(fold_state, wait);
    is_any_refuted = is_any_refuted || refuted;
    wait.attention.confirmed = !refuted;
    return refuted;
  };
  std::vector<OpenWait> left;
  for (OpenWait& wait : fold_state.waits) {
    if (!is_over(wait)) left.push_back(std::move(wait));
  }
  fold_state.waits = std::move(left);
  rules::settle(state, {is_any_refuted ? "wait.refuted" : "wait.confirmed", "registry", at, arrival}, change);
}

}  // namespace

std::optional<std::int64_t> next_timeout(const SessionState& state, const InferenceTimeouts& timeouts,
                                         const AgentCapabilities& agent) {
  std::optional<std::int64_t> next;
  const auto consider = [&next](std::optional<std::int64_t> due) {
    if (due) next = std::min(next.value_or(*due), *due);
  };
  if (!state.fold_state.waits.empty()) consider(wait_due(state.fold_state, timeouts));
  consider(clear_due(state.fold_state, timeouts));
  consider(doubt_due(state, timeouts, agent));
  consider(unseen_due(state, timeouts));
  return next;
}

Change run_timeouts(SessionState& state, const Arrival& arrival, const InferenceTimeouts& timeouts,
                    const AgentCapabilities& agent, std::optional<bool> doubts) {
  Change change;
  FoldState& fold_state = state.fold_state;
  if (is_due(wait_due(fold_state, timeouts), arrival.awake_ns))
    settle_waits(state, arrival, timeouts, change);
  change.doubted = doubts.value_or(is_due(doubt_due(state, timeouts, agent), arrival.awake_ns) ||
                                   is_due(unseen_due(state, timeouts), arrival.awake_ns));
  if (change.doubted) {
    fold_state.doubted = true;
    rules::settle(state, {"state.doubted", "registry", state.domain.status_since, arrival}, change);
  }
  if (is_due(clear_due(fold_state, timeouts), arrival.awake_ns)) {
    fold_state.shown.announced = false;
    change.cleared = fold_state.shown.reason;
  }
  return change;
}

}  // namespace atm::kernel
