// SPDX-License-Identifier: MIT
// Prompts, turns, compactions and subagents.
#include <algorithm>
#include <limits>

#include "kernel/registry/fold_rules.hpp"

namespace atm::kernel::rules {
namespace {

std::uint32_t count_of(std::int64_t tasks) noexcept {
  return static_cast<std::uint32_t>(
      std::clamp<std::int64_t>(tasks, 0, std::numeric_limits<std::uint32_t>::max()));
}

/// How many tasks go on after the turn: as its end says, else as a level says, else as their tools said when
/// they began.
std::uint32_t tasks_left(Step& step) noexcept {
  Bookkeeping& book = step.book();
  const auto said = step.observation.integer(Key::kBackgroundTasks);
  book.counts_tasks = said.has_value();
  if (said) book.started_tasks = count_of(*said);
  if (book.level.state == LevelState::kIdle && book.level.since > step.at) book.started_tasks = 0;
  const bool has_unnamed =
      book.level.state == LevelState::kBackground && book.level.since > book.turn_opened_at;
  return std::max(book.started_tasks, has_unnamed ? 1U : 0U);
}

std::string_view subagent_id(const Step& step) noexcept {
  const std::string_view id = step.observation.text(Key::kSubagentId);
  return id.empty() ? step.actor() : id;
}

/// An end that was sent before the turn began, or a record of what an edge ended already.
bool is_of_another_turn(const Step& step) noexcept {
  const Bookkeeping& book = step.book();
  if (!step.is_recorded()) return book.turn == Turn::kOpen && is_swapped(step.at, book.turn_opened_at);
  if (book.turn == Turn::kOpen) return step.at < book.turn_opened_at;
  return book.turn != Turn::kUnseen && (book.basis == Basis::kEdge || step.at < book.turn_opened_at);
}

void fail(Step& step, std::string_view kind) {
  Bookkeeping& book = step.book();
  const bool is_repeated = book.turn == Turn::kFailed && book.error_kind == kind;
  book.turn = Turn::kFailed;
  assign(book.error_kind, kind);
  if (is_repeated) return;
  book.error = raise_call(book, "error", kind, step.arrival, step.at);
  book.error.confirmed = true;
}

/// A tool that began after the prompt belongs to its turn, even if its hook overtook the prompt's.
void cancel_tools_before(Step& step) {
  std::erase_if(step.book().tools, [&step](const OpenTool& tool) {
    return tool.actor.empty() && !is_swapped(step.at, tool.started_at);
  });
}

}  // namespace

void restate(Step& step) noexcept {
  Bookkeeping& book = step.book();
  if (step.is_recorded() || book.turn != Turn::kOpen) return;
  book.basis = Basis::kEdge;
  step.restates = true;
}

void open_turn(Step& step) {
  Bookkeeping& book = step.book();
  book.compacting = false;
  book.finish_pending = false;
  if (book.turn == Turn::kOpen) {
    book.basis = std::max(book.basis, step.basis());
    return;
  }
  book.turn = Turn::kOpen;
  book.basis = step.basis();
  book.turn_opened_at = step.at;
  book.background_tasks = 0;
  book.error_kind.clear();
  book.error = {};
  step.state.domain.finished = false;
}

void prompt_submitted(Step& step) {
  if (!step.is_main()) return close_waits(step, step.actor());
  Bookkeeping& book = step.book();
  const std::string_view id = utf8_cut(step.observation.text(Key::kPromptId), kMaxWordBytes);
  // The same prompt again: its hook is installed twice, or a message was added to a turn that runs on.
  if (!id.empty() && id == book.prompt_id) return restate(step);
  // A record of what an edge opened the turn with.
  const bool is_retold = step.is_recorded() && book.turn == Turn::kOpen && book.basis == Basis::kEdge &&
                         elapsed(book.turn_opened_at, step.at) <= kSwapWindow;
  if (is_retold || !reopen(step)) return;
  describe(step);
  assign(book.prompt_id, id);
  ++book.prompts;
  const bool is_from_person = step.observation.text(Key::kSource).empty();
  if (is_from_person)
    person_came(step);
  else if (book.started_tasks > 0)
    --book.started_tasks;
  const bool is_over = book.turn != Turn::kOpen && is_swapped(step.at, book.turn_closed_at);
  if (is_over || rests_since(step) || (book.turn != Turn::kOpen && step.is_before_level())) return;
  cancel_tools_before(step);
  close_waits(step, {});
  open_turn(step);
  book.turn_opened_at = step.at;
}

void turn_finished(Step& step) {
  Bookkeeping& book = step.book();
  if (step.is_main() && (book.ended || is_of_another_turn(step))) return;
  cancel_tools(step.state, step.actor());
  close_waits(step, step.actor());
  // STATE-B2: a subagent's end is not the turn's.
  if (!step.is_main()) return;
  const std::string_view outcome = step.observation.text(Key::kOutcome);
  const std::string_view error = step.observation.text(Key::kErrorKind);
  const bool failed = outcome == "error" || (outcome.empty() && !error.empty());
  book.compacting = false;
  book.doubted = false;
  book.unblocked = false;
  book.basis = step.basis();
  book.turn_closed_at = step.at;
  book.background_tasks = tasks_left(step);
  if (outcome == "interrupted" && !step.is_recorded()) book.tells_interruptions = true;
  const bool ended_well = outcome == "ok" && book.background_tasks == 0;
  // A hook of somebody else may send the client back to work; its level says whether one did.
  book.finish_pending = ended_well && book.level.state == LevelState::kBusy;
  step.state.domain.finished = ended_well && !book.finish_pending;
  if (failed) return fail(step, utf8_cut(error, kMaxWordBytes));
  book.turn = Turn::kClosed;
  book.error_kind.clear();
  book.error = {};
}

void compaction_started(Step& step) {
  close_waits(step, step.actor());
  if (!step.is_main() || !reopen(step)) return;
  Bookkeeping& book = step.book();
  book.compacting = true;
  book.compacting_at = step.at;
  // What a level took for the beginning of a turn was this.
  const bool is_the_same = elapsed(book.turn_opened_at, step.at) <= kSwapWindow;
  if (book.turn == Turn::kOpen && book.basis == Basis::kLevel && is_the_same) {
    book.turn = Turn::kClosed;
    book.basis = Basis::kEdge;
  }
}

void compaction_finished(Step& step) {
  if (step.is_main()) step.book().compacting = false;
}

void subagent_started(Step& step) {
  const std::string_view id = utf8_cut(subagent_id(step), kMaxWordBytes);
  if (!step.is_main()) close_waits(step, step.actor());
  if (id.empty() || step.book().ended) return;
  auto& subagents = step.state.domain.subagents;
  if (std::any_of(subagents.begin(), subagents.end(), [id](const Subagent& known) { return known.id == id; }))
    return;
  if (subagents.size() == kMaxSubagents) subagents.erase(subagents.begin());
  Subagent subagent{std::string(id), {}, step.at};
  assign(subagent.type, step.observation.text(Key::kSubagentType));
  subagents.push_back(std::move(subagent));
}

void subagent_finished(Step& step) {
  const std::string_view id = utf8_cut(subagent_id(step), kMaxWordBytes);
  if (id.empty()) return;
  cancel_tools(step.state, id);
  close_waits(step, id);
  std::erase_if(step.state.domain.subagents, [id](const Subagent& known) { return known.id == id; });
}

}  // namespace atm::kernel::rules
