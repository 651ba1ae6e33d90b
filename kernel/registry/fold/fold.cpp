// SPDX-License-Identifier: MIT
#include "kernel/registry/fold/fold.hpp"

#include <algorithm>
#include <utility>

#include "kernel/registry/fold/fold_rules.hpp"

namespace atm::kernel {
namespace {

using rules::Step;
using Type = ObservationType;

constexpr std::string_view kHookSuffix = "/hook";

// Effects of every observation, independent of its type.
void heard(Step& step) {
  SessionDomain& domain = step.state.domain;
  FoldState& fold_state = step.fold_state();
  domain.last_activity = std::max(domain.last_activity, step.at);
  if (domain.agent.empty()) rules::assign(domain.agent, step.observation.agent());
  ++step.state.runtime.update_count;
  const Type type = step.observation.type();
  const bool is_binding = type == Type::kProcessBound;  // accompanies each hook
  if (!is_binding && step.observation.origin().ends_with(kHookSuffix)) ++step.state.runtime.hook_event_count;
  fold_state.stale = false;
  // A log that contains only figures and ends of turns shows neither prompts nor tools.
  const bool is_of_turn =
      type == Type::kPromptSubmitted || type == Type::kToolStarted || type == Type::kToolFinished;
  fold_state.has_records = fold_state.has_records || (step.is_recorded() && is_of_turn);
  fold_state.newest_ns = step.arrival.awake_ns;
  if (!is_binding && type != Type::kSessionEnded && type != Type::kProcessExited)
    fold_state.only_bound = false;
  rules::record_evidence(step);
}

// Applies STATE-C7 before the other rules, so that they can make the status uncertain again.
void count_edge(Step& step) {
  if (!rules::is_edge(step.observation)) return;
  FoldState& fold_state = step.fold_state();
  fold_state.has_edges = true;
  fold_state.unblocked = false;
  fold_state.stopped = false;
  if (!step.is_main()) return;
  fold_state.doubted = false;
  if (step.observation.type() != Type::kRequestFailed) fold_state.failed_request.reset();
  rules::take_mode(step);
  fold_state.edge_at = rules::is_swapped(step.at, fold_state.edge_at) ? fold_state.edge_at : step.at;
  fold_state.edge_ns = step.arrival.awake_ns;
}

void interpret(Step& step) {
  switch (step.observation.type()) {
    case Type::kSessionStarted:
      return rules::session_started(step);
    case Type::kSessionEnded:
      return rules::session_ended(step);
    case Type::kSessionReplaced:
      return rules::session_replaced(step);
    case Type::kProcessBound:
      return rules::process_bound(step);
    case Type::kProcessExited:
      return rules::process_exited(step);
    case Type::kPromptSubmitted:
      return rules::prompt_submitted(step);
    case Type::kTurnFinished:
      return rules::turn_finished(step);
    case Type::kToolStarted:
      return rules::tool_started(step);
    case Type::kToolFinished:
      return rules::tool_finished(step);
    case Type::kToolAmended:
      return rules::tool_amended(step);
    case Type::kRequestFailed:
      return rules::request_failed(step);
    case Type::kInputNeeded:
      return rules::input_needed(step);
    case Type::kInputResolved:
      return rules::input_resolved(step);
    case Type::kSubagentStarted:
      return rules::subagent_started(step);
    case Type::kSubagentFinished:
      return rules::subagent_finished(step);
    case Type::kCompactionStarted:
      return rules::compaction_started(step);
    case Type::kCompactionFinished:
      return rules::compaction_finished(step);
    case Type::kStatusReported:
      return rules::status_reported(step);
    case Type::kStateReported:
      return rules::state_reported(step);
    case Type::kAttentionAcknowledged:
      return rules::attention_acknowledged(step);
    case Type::kNotice:
      return rules::notice(step);
    case Type::kUsageReported:
      return rules::note_response(step);
    case Type::kOther:
      return;
  }
}

/// A status with borrowed text, for a comparison without allocation.
struct Shown {
  StatusKind kind;
  std::string_view text{};
  std::optional<Timestamp> tool_started_at{};
  std::uint32_t tasks = 0;
};

Shown shown_turn(const FoldState& fold_state) {
  switch (fold_state.turn) {
    case Turn::kUnseen:
      return {fold_state.registered ? StatusKind::kActive : StatusKind::kIdle};
    case Turn::kFailed:
      return {StatusKind::kError, fold_state.error_kind};
    case Turn::kClosed:
      if (fold_state.background_tasks == 0) return {StatusKind::kIdle};
      return {StatusKind::kBackground, {}, {}, fold_state.background_tasks};
    case Turn::kOpen:
      break;
  }
  const auto newest = std::find_if(fold_state.tools.rbegin(), fold_state.tools.rend(),
                                   [](const OpenTool& tool) { return tool.actor.empty(); });
  if (newest == fold_state.tools.rend())
    return {fold_state.basis == Basis::kLevel ? StatusKind::kActive : StatusKind::kThinking};
  return {StatusKind::kRunningTool, newest->name, newest->started_at};
}

Shown shown(const FoldState& fold_state) {
  if (fold_state.ended) return {StatusKind::kEnded};
  if (fold_state.stale) return {StatusKind::kStale};
  if (const OpenWait* wait = rules::oldest_wait(fold_state)) {
    if (wait->reason == "permission") return {StatusKind::kWaitingForPermission, wait->tool};
    return {StatusKind::kWaitingForInput, wait->reason};
  }
  if (fold_state.compacting) return {StatusKind::kCompacting};
  return shown_turn(fold_state);
}

bool is_shown(const SessionStatus& status, const Shown& wanted) {
  if (status.kind() != wanted.kind) return false;
  switch (wanted.kind) {
    case StatusKind::kRunningTool:
      return status.tool_name().value_or("") == wanted.text &&
             status.tool_started_at() == wanted.tool_started_at;
    case StatusKind::kWaitingForPermission:
      return status.tool_name().value_or("") == wanted.text;
    case StatusKind::kWaitingForInput:
      return status.reason().value_or("") == wanted.text;
    case StatusKind::kError:
      return status.error_kind().value_or("") == wanted.text;
    case StatusKind::kBackground:
      return status.background_tasks() == wanted.tasks;
    default:
      return true;
  }
}

SessionStatus status_of(const Shown& wanted) {
  switch (wanted.kind) {
    case StatusKind::kRunningTool:
      return SessionStatus::running_tool(std::string(wanted.text), wanted.tool_started_at);
    case StatusKind::kWaitingForPermission:
      return SessionStatus::waiting_for_permission(std::string(wanted.text));
    case StatusKind::kWaitingForInput:
      return SessionStatus::waiting_for_input(std::string(wanted.text));
    case StatusKind::kError:
      return SessionStatus::error(std::string(wanted.text));
    case StatusKind::kBackground:
      return SessionStatus::background(wanted.tasks);
    default:
      return SessionStatus::of(wanted.kind);
  }
}

rules::Cause cause_of(const Inference& inference) {
  return {inference.type, "registry", inference.at, inference.arrival};
}

}  // namespace

void rules::settle(SessionState& state, const Cause& cause, Change& change) {
  const Shown wanted = shown(state.fold_state);
  SessionDomain& domain = state.domain;
  const bool is_first = domain.status_cause.seq == 0;
  if (is_first || !is_shown(domain.status, wanted)) {
    domain.status = status_of(wanted);
    domain.status_since = cause.at;
    assign(domain.status_cause.type, cause.type);
    assign(domain.status_cause.origin, cause.origin);
    domain.status_cause.seq = cause.arrival.seq;
    change.status = true;
  } else if (cause.restates && domain.status_cause.type == cause.type) {
    assign(domain.status_cause.origin, cause.origin);
    domain.status_cause.seq = cause.arrival.seq;
  }
  update_stances(state);
  settle_detail(state, change);
  settle_attention(state, cause.arrival, change);
  const bool certain = is_certain(state);
  change.shown = change.shown || change.status || certain != domain.certain;
  domain.certain = certain;
}

Change fold(SessionState& state, const Observation& observation, const Arrival& arrival,
            const std::optional<ProcessKey>& from) {
  Step step{state, observation, Timestamp(std::chrono::nanoseconds(observation.time_ns())), arrival};
  if (rules::is_description(state, observation)) {
    rules::take_description(state, observation);
    return std::move(step.change);
  }
  // A client's report about the user is no evidence of the agent.
  if (observation.type() != Type::kAttentionAcknowledged) heard(step);
  if (rules::enter_process(step, from)) {
    count_edge(step);
    step.nested = rules::nesting(step);
    interpret(step);
  }
  if (observation.type() != ObservationType::kProcessBound) rules::show_most_urgent(state);
  rules::settle(state, {observation.type_name(), observation.origin(), step.at, arrival, step.restates},
                step.change);
  return std::move(step.change);
}

bool is_redundant(const SessionState& state, const Observation& observation) {
  if (rules::is_description(state, observation)) return rules::is_known_description(state, observation);
  switch (observation.type()) {
    case Type::kUsageReported:
      return false;
    case Type::kStatusReported:
      return rules::is_known_report(state, observation);
    case Type::kProcessBound:
      return rules::is_known_binding(state, observation);
    case Type::kStateReported:
      return rules::is_known_level(state, observation);
    case Type::kProcessExited:
      return state.fold_state.ended;
    default:
      return rules::is_history(state, observation);
  }
}

bool begins(const Observation& observation) noexcept {
  const bool is_beginning = observation.type() == Type::kSessionStarted ||
                            observation.type() == Type::kPromptSubmitted ||
                            observation.type() == Type::kToolStarted;
  return is_beginning && observation.actor().empty() && rules::is_edge(observation);
}

bool creates_session(const Observation& observation) noexcept {
  switch (observation.type()) {
    case Type::kAttentionAcknowledged:
    case Type::kNotice:
    case Type::kProcessExited:
    case Type::kSessionEnded:
    case Type::kSessionReplaced:
    case Type::kToolAmended:
    case Type::kUsageReported:
    case Type::kOther:
      return false;
    default:
      return !observation.flag(Key::kWeak);
  }
}

Change mark_stale(SessionState& state, const Inference& inference) {
  Change change;
  if (state.fold_state.ended || std::exchange(state.fold_state.stale, true)) return change;
  rules::settle(state, cause_of(inference), change);
  return change;
}

Change mark_fresh(SessionState& state, const Inference& inference) {
  Change change;
  if (!std::exchange(state.fold_state.stale, false)) return change;
  rules::settle(state, cause_of(inference), change);
  return change;
}

Change mark_stopped(SessionState& state, bool stopped, const Inference& inference) {
  Change change;
  if (std::exchange(state.fold_state.stopped, stopped) != stopped)
    rules::settle(state, cause_of(inference), change);
  return change;
}

Change end_process(SessionState& state, const ProcessKey& process, std::string_view reason,
                   const Inference& inference) {
  Change change;
  if (state.fold_state.ended) return change;
  if (!rules::take_process(state, process)) return change;
  if (state.others.empty()) return end_session(state, reason, inference);
  rules::leave_process(state);
  rules::show_most_urgent(state);
  rules::settle(state, cause_of(inference), change);
  change.shown = true;
  return change;
}

Change end_session(SessionState& state, std::string_view reason, const Inference& inference) {
  Change change;
  if (state.fold_state.ended) return change;
  rules::close_for_good(state, reason);
  change.ended = true;
  rules::settle(state, cause_of(inference), change);
  return change;
}

}  // namespace atm::kernel
