// SPDX-License-Identifier: MIT
// Levels are continuous states that the agent itself reports; each holds until the next one. They contain what no edge
// reports: an interruption, a refusal, the end of a background command. A level may arrive before or after the edge of
// the same moment, so the rules compare times.
#include <algorithm>
#include <array>
#include <utility>

#include "kernel/registry/fold/fold_rules.hpp"

namespace atm::kernel::rules {
namespace {

constexpr std::array<std::pair<std::string_view, LevelState>, 5> kStates{
    {{"idle", LevelState::kIdle},
     {"busy", LevelState::kBusy},
     {"waiting", LevelState::kWaiting},
     {"background", LevelState::kBackground},
     {"dialog", LevelState::kDialog}}};

LevelState state_in(const Observation& observation) noexcept {
  const std::string_view word = observation.text(Key::kState);
  for (const auto& [name, state] : kStates) {
    if (name == word) return state;
  }
  return LevelState::kUnknown;
}

/// Ends the compaction of an agent that is not busy (STATE-T7).
void end_compaction(Step& step) noexcept {
  if (step.at > step.fold_state().compacting_at) step.fold_state().compacting = false;
}

void close_turn(Step& step) {
  FoldState& fold_state = step.fold_state();
  fold_state.turn = Turn::kClosed;
  fold_state.basis = Basis::kLevel;
  fold_state.turn_closed_at = step.at;
  fold_state.finish_pending = false;
  step.state.domain.finished = false;
  cancel_tools(step.state, {});
}

/// The level confirms that the turn is over (STATE-T11).
void finish(Step& step) noexcept {
  FoldState& fold_state = step.fold_state();
  if (!fold_state.finish_pending || fold_state.turn != Turn::kClosed || step.at < fold_state.turn_closed_at)
    return;
  fold_state.finish_pending = false;
  step.state.domain.finished = true;
}

/// No turn, task or subagent works (STATE-T3, STATE-B3).
void rest(Step& step) {
  FoldState& fold_state = step.fold_state();
  if (fold_state.turn == Turn::kFailed) return;
  if (fold_state.turn == Turn::kUnseen) {
    const auto after_start = elapsed(step.state.domain.started_at, step.at);
    fold_state.rested = after_start >= -kStartSlack && after_start <= kFirstRest;
    close_turn(step);
  } else if (fold_state.turn == Turn::kOpen && step.at > fold_state.turn_opened_at) {
    fold_state.rested = false;
    fold_state.given_up =
        fold_state.basis != Basis::kLevel && elapsed(fold_state.turn_opened_at, step.at) < kMinHumanReaction;
    close_turn(step);
    if (fail_unended(step)) return;
  }
  if (step.at < fold_state.turn_closed_at) return;
  finish(step);
  fold_state.background_tasks = 0;
  fold_state.started_tasks = 0;
  std::erase_if(fold_state.tools, [&step](const OpenTool& tool) { return tool.started_at < step.at; });
  std::erase_if(step.state.domain.subagents,
                [&step](const Subagent& subagent) { return subagent.started_at < step.at; });
}

/// The turn is over, its tasks are not (STATE-B3).
void rest_with_tasks(Step& step) {
  FoldState& fold_state = step.fold_state();
  if (fold_state.turn == Turn::kFailed) return;
  const bool is_of_turn = step.at > fold_state.turn_opened_at;
  if (fold_state.turn == Turn::kUnseen || (fold_state.turn == Turn::kOpen && is_of_turn)) close_turn(step);
  if (fold_state.turn != Turn::kClosed || !is_of_turn) return;
  // A level without a task count may mean the tasks that tools started.
  const std::int64_t reported =
      std::clamp<std::int64_t>(step.observation.integer(Key::kTasks).value_or(0), 0, 1000);
  fold_state.started_tasks = std::max(fold_state.started_tasks, static_cast<std::uint32_t>(reported));
  fold_state.background_tasks = std::max({fold_state.started_tasks, fold_state.background_tasks, 1U});
  fold_state.finish_pending = false;
  step.state.domain.finished = false;
}

/// An actor works; it is the main thread if that was idle before (STATE-T1, STATE-B4).
void work(Step& step, LevelState before) {
  FoldState& fold_state = step.fold_state();
  const bool may_open = fold_state.turn == Turn::kUnseen ||
                        (fold_state.turn == Turn::kClosed && step.at > fold_state.turn_closed_at);
  // The tasks continued while a question or dialog was open.
  const bool goes_on =
      (before == LevelState::kWaiting || before == LevelState::kDialog) && fold_state.background_tasks > 0;
  if (!may_open || goes_on || fold_state.compacting) return;
  fold_state.turn = Turn::kOpen;
  fold_state.basis = Basis::kLevel;
  fold_state.finish_pending = false;
  fold_state.turn_opened_at = step.at;
  fold_state.background_tasks = 0;
  step.state.domain.finished = false;
}

/// A level that began after the end reopens its session; one that began earlier and arrived late does not.
bool is_after_end(Step& step) {
  FoldState& fold_state = step.fold_state();
  if (!fold_state.ended) return true;
  return step.at > step.state.domain.status_since && reopen(step);
}

}  // namespace

bool is_known_level(const SessionState& state, const Observation& observation) noexcept {
  const auto is_same = [&](const Level& level) {
    return !level.origin.empty() && level.since.time_since_epoch().count() == observation.time_ns() &&
           level.state == state_in(observation) && level.origin == observation.origin() &&
           level.reason == utf8_cut(observation.text(Key::kReason), kMaxWordBytes) &&
           is_known_detail(level.detail, observation);
  };
  if (state.fold_state.stale || !observation.actor().empty()) return false;
  return is_same(state.fold_state.level) ||
         std::any_of(state.others.begin(), state.others.end(),
                     [&](const OtherProcess& other) { return is_same(other.activity.level); });
}

bool rests_since(const Step& step) noexcept {
  const Level& level = step.fold_state().level;
  const bool rests = level.state == LevelState::kIdle || level.state == LevelState::kBackground;
  // Transcript evidence may have any age: the file is read when the session is found.
  return rests && (is_swapped(step.at, level.since) || (step.is_recorded() && step.at <= level.since));
}

bool has_live_level(const FoldState& fold_state) noexcept {
  if (fold_state.level.state == LevelState::kUnknown) return false;
  const bool rests =
      fold_state.level.state == LevelState::kIdle || fold_state.level.state == LevelState::kBackground;
  return !(rests && fold_state.turn == Turn::kOpen && fold_state.level.since <= fold_state.turn_opened_at);
}

void state_reported(Step& step) {
  describe(step);
  FoldState& fold_state = step.fold_state();
  if (!step.is_main() || is_known_level(step.state, step.observation)) return;
  if (is_swapped(step.at, fold_state.level.since) || !is_after_end(step)) return;
  const LevelState before = std::exchange(fold_state.level.state, state_in(step.observation));
  fold_state.level.since = step.at;
  assign(fold_state.level.reason, step.observation.text(Key::kReason));
  assign(fold_state.level.origin, step.observation.origin());
  take_detail(step);
  if (fold_state.level.state == LevelState::kUnknown) return;
  fold_state.doubted = false;
  fold_state.unblocked = false;
  fold_state.stopped = false;
  if (fold_state.level.state == LevelState::kWaiting) {
    end_compaction(step);
    return wait_by_level(step);
  }
  close_waits_by_level(step, before);
  if (fold_state.level.state == LevelState::kBusy) return work(step, before);
  end_compaction(step);
  if (fold_state.level.state == LevelState::kDialog) {
    finish(step);
    suspect_dialog(step);
  }
  if (fold_state.level.state == LevelState::kIdle) rest(step);
  if (fold_state.level.state == LevelState::kBackground) rest_with_tasks(step);
}

}  // namespace atm::kernel::rules
