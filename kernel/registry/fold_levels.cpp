// SPDX-License-Identifier: MIT
// Levels: what is the case until it is said otherwise, by the client's own account. They see what no edge
// tells: an interruption, a refusal, the end of a background command. A level is as old as what it says, so
// it may arrive before the edge of the same moment or after it, and times decide.
#include <algorithm>
#include <array>
#include <utility>

#include "kernel/registry/fold_rules.hpp"

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

/// Who is not busy compacts nothing any more (STATE-T7).
void end_compaction(Step& step) noexcept {
  if (step.at > step.book().compacting_at) step.book().compacting = false;
}

void close_turn(Step& step) {
  Bookkeeping& book = step.book();
  book.turn = Turn::kClosed;
  book.basis = Basis::kLevel;
  book.turn_closed_at = step.at;
  book.finish_pending = false;
  step.state.domain.finished = false;
  cancel_tools(step.state, {});
}

/// The level confirms that the turn is over (STATE-T11).
void finish(Step& step) noexcept {
  Bookkeeping& book = step.book();
  if (!book.finish_pending || book.turn != Turn::kClosed || step.at < book.turn_closed_at) return;
  book.finish_pending = false;
  step.state.domain.finished = true;
}

/// Nobody works: no turn, no task, no subagent (STATE-T3, STATE-B3).
void rest(Step& step) {
  Bookkeeping& book = step.book();
  if (book.turn == Turn::kFailed) return;
  if (book.turn == Turn::kUnseen) {
    const auto after_start = elapsed(step.state.domain.started_at, step.at);
    book.rested = after_start >= -kStartSlack && after_start <= kFirstRest;
    close_turn(step);
  } else if (book.turn == Turn::kOpen && step.at > book.turn_opened_at) {
    book.rested = false;
    book.given_up = book.basis != Basis::kLevel && elapsed(book.turn_opened_at, step.at) < kPersonsHaste;
    close_turn(step);
  }
  if (step.at < book.turn_closed_at) return;
  finish(step);
  book.background_tasks = 0;
  book.started_tasks = 0;
  std::erase_if(book.tools, [&step](const OpenTool& tool) { return tool.started_at < step.at; });
  std::erase_if(step.state.domain.subagents,
                [&step](const Subagent& subagent) { return subagent.started_at < step.at; });
}

/// The turn is over, what it started is not (STATE-B3).
void rest_with_tasks(Step& step) {
  Bookkeeping& book = step.book();
  if (book.turn == Turn::kFailed) return;
  const bool is_of_turn = step.at > book.turn_opened_at;
  if (book.turn == Turn::kUnseen || (book.turn == Turn::kOpen && is_of_turn)) close_turn(step);
  if (book.turn != Turn::kClosed || !is_of_turn) return;
  // A level that counts its tasks names them; one that does not may mean those that their tools named.
  const std::int64_t said =
      std::clamp<std::int64_t>(step.observation.integer(Key::kTasks).value_or(0), 0, 1000);
  book.started_tasks = std::max(book.started_tasks, static_cast<std::uint32_t>(said));
  book.background_tasks = std::max({book.started_tasks, book.background_tasks, 1U});
  book.finish_pending = false;
  step.state.domain.finished = false;
}

/// Somebody works; it is the main thread if it rested until then (STATE-T1, STATE-B4).
void work(Step& step, LevelState before) {
  Bookkeeping& book = step.book();
  const bool may_open =
      book.turn == Turn::kUnseen || (book.turn == Turn::kClosed && step.at > book.turn_closed_at);
  // The tasks went on while their question, or a dialog, stood before them.
  const bool goes_on =
      (before == LevelState::kWaiting || before == LevelState::kDialog) && book.background_tasks > 0;
  if (!may_open || goes_on || book.compacting) return;
  book.turn = Turn::kOpen;
  book.basis = Basis::kLevel;
  book.finish_pending = false;
  book.turn_opened_at = step.at;
  book.background_tasks = 0;
  step.state.domain.finished = false;
}

/// A level that began after the end brings its session back; one that was overtaken by the end does not.
bool is_after_end(Step& step) {
  Bookkeeping& book = step.book();
  if (!book.ended) return true;
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
  if (state.book.stale || !observation.actor().empty()) return false;
  return is_same(state.book.level) ||
         std::any_of(state.others.begin(), state.others.end(),
                     [&](const OtherProcess& other) { return is_same(other.activity.level); });
}

bool rests_since(const Step& step) noexcept {
  const Level& level = step.book().level;
  const bool rests = level.state == LevelState::kIdle || level.state == LevelState::kBackground;
  // A record may be as old as it likes: the log is read when the session is found.
  return rests && (is_swapped(step.at, level.since) || (step.is_recorded() && step.at <= level.since));
}

bool has_live_level(const Bookkeeping& book) noexcept {
  if (book.level.state == LevelState::kUnknown) return false;
  const bool rests = book.level.state == LevelState::kIdle || book.level.state == LevelState::kBackground;
  return !(rests && book.turn == Turn::kOpen && book.level.since <= book.turn_opened_at);
}

void state_reported(Step& step) {
  describe(step);
  Bookkeeping& book = step.book();
  if (!step.is_main() || is_known_level(step.state, step.observation)) return;
  if (is_swapped(step.at, book.level.since) || !is_after_end(step)) return;
  const LevelState before = std::exchange(book.level.state, state_in(step.observation));
  book.level.since = step.at;
  assign(book.level.reason, step.observation.text(Key::kReason));
  assign(book.level.origin, step.observation.origin());
  take_detail(step);
  if (book.level.state == LevelState::kUnknown) return;
  book.doubted = false;
  book.unblocked = false;
  book.stopped = false;
  if (book.level.state == LevelState::kWaiting) {
    end_compaction(step);
    return wait_by_level(step);
  }
  close_waits_by_level(step, before);
  if (book.level.state == LevelState::kBusy) return work(step, before);
  end_compaction(step);
  if (book.level.state == LevelState::kDialog) {
    finish(step);
    suspect_dialog(step);
  }
  if (book.level.state == LevelState::kIdle) rest(step);
  if (book.level.state == LevelState::kBackground) rest_with_tasks(step);
}

}  // namespace atm::kernel::rules
