// SPDX-License-Identifier: MIT
// Start and end of a session, and its continuation under another id.
#include "kernel/registry/fold/fold_rules.hpp"

namespace atm::kernel::rules {
namespace {

void begin_anew(Step& step) {
  close_everything(step.state);
  FoldState& fold_state = step.fold_state();
  fold_state.turn = Turn::kClosed;
  fold_state.basis = Basis::kEdge;
  fold_state.turn_closed_at = step.at;
  fold_state.registered = false;
  fold_state.finish_pending = false;
  step.state.domain.finished = false;
}

}  // namespace

void close_everything(SessionState& state) {
  FoldState& fold_state = state.fold_state;
  fold_state.tools.clear();
  fold_state.waits.clear();
  fold_state.compacting = false;
  fold_state.background_tasks = 0;
  fold_state.started_tasks = 0;
  fold_state.error_kind.clear();
  fold_state.error = {};
  if (fold_state.turn != Turn::kUnseen) fold_state.turn = Turn::kClosed;
  state.domain.subagents.clear();
}

void close_for_good(SessionState& state, std::string_view reason) {
  close_everything(state);
  state.others.clear();
  state.runtime.other_processes.clear();
  state.fold_state.ended = true;
  state.fold_state.level = {};
  state.fold_state.has_edges = false;
  state.fold_state.finish_pending = false;
  assign(state.fold_state.end_reason, reason);
}

namespace {

/// Hooks that an agent process sends while it ends. A session that returns sends a start, a level or a binding first
/// (STATE-I2).
bool is_last_word(const Step& step) noexcept {
  const ObservationType type = step.observation.type();
  const bool begins_again = type == ObservationType::kSessionStarted ||
                            type == ObservationType::kStateReported || type == ObservationType::kProcessBound;
  return !begins_again && step.state.runtime.pid && step.fold_state().end_reason != "closed";
}

}  // namespace

bool reopen(Step& step) {
  FoldState& fold_state = step.fold_state();
  if (!fold_state.ended) return true;
  if (is_last_word(step)) return false;
  if (is_swapped(step.at, step.state.domain.status_since)) return false;
  fold_state.ended = false;
  fold_state.end_reason.clear();
  fold_state.turn = Turn::kUnseen;
  fold_state.registered = false;
  return true;
}

void session_started(Step& step) {
  describe(step);
  if (!reopen(step)) return;
  FoldState& fold_state = step.fold_state();
  const std::string_view source = step.observation.text(Key::kSource);
  // A compaction restarts the same session in the middle of its turn.
  if (source == "compact") return;
  if (source == "registered") {
    fold_state.registered = true;
    if (fold_state.turn == Turn::kClosed && fold_state.level.origin.empty()) fold_state.turn = Turn::kUnseen;
    return;
  }
  // A discovered session did not start now: the state of its turn stays.
  if (source == "discovered" || step.is_recorded()) return;
  if (fold_state.turn == Turn::kOpen && is_swapped(step.at, fold_state.turn_opened_at)) return;
  begin_anew(step);
}

void session_ended(Step& step) {
  FoldState& fold_state = step.fold_state();
  const std::string_view given = step.observation.text(Key::kReason);
  const std::string_view reason = given.empty() ? "ended" : given;
  if (fold_state.ended) {
    // The agent's own reason is better than an observed exit or a removed file.
    const bool was_guessed = fold_state.end_reason == "process_exited" || fold_state.end_reason == "closed";
    if (was_guessed && reason != "closed") assign(fold_state.end_reason, reason);
    return;
  }
  // STATE-I2: the session may continue in another process.
  const bool names_process = step.observation.integer(Key::kPid).has_value();
  const SessionRuntime& where = step.state.runtime;
  if (names_process && where.pid && !runs_in(where, step.observation)) return;
  if (!step.state.others.empty()) return leave_process(step.state);
  close_for_good(step.state, reason);
  step.change.ended = true;
}

void session_replaced(Step& step) {
  const std::string_view by = step.observation.text(Key::kBy);
  if (by.size() <= SessionId::kMaxBytes && by != step.observation.session()) step.change.replaced_by = by;
}

}  // namespace atm::kernel::rules
