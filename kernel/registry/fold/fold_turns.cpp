// SPDX-License-Identifier: MIT
// Prompts, turns, compactions and subagents.
#include <algorithm>
#include <limits>
#include <utility>

#include "kernel/registry/fold/fold_rules.hpp"

namespace atm::kernel::rules {
namespace {

std::uint32_t count_of(std::int64_t tasks) noexcept {
  return static_cast<std::uint32_t>(
      std::clamp<std::int64_t>(tasks, 0, std::numeric_limits<std::uint32_t>::max()));
}

/// The number of tasks that outlive the turn: from its end, else from a level, else from the tools that started them.
std::uint32_t tasks_left(Step& step) noexcept {
  FoldState& fold_state = step.fold_state();
  const auto reported = step.observation.integer(Key::kBackgroundTasks);
  fold_state.counts_tasks = reported.has_value();
  if (reported) fold_state.started_tasks = count_of(*reported);
  if (fold_state.level.state == LevelState::kIdle && fold_state.level.since > step.at)
    fold_state.started_tasks = 0;
  const bool has_unnamed =
      fold_state.level.state == LevelState::kBackground && fold_state.level.since > fold_state.turn_opened_at;
  return std::max(fold_state.started_tasks, has_unnamed ? 1U : 0U);
}

std::string_view subagent_id(const Step& step) noexcept {
  const std::string_view id = step.observation.text(Key::kSubagentId);
  return id.empty() ? step.actor() : id;
}

/// An end sent before the turn began, or transcript evidence of a turn that an edge ended already.
bool is_of_another_turn(const Step& step) noexcept {
  const FoldState& fold_state = step.fold_state();
  if (!step.is_recorded())
    return fold_state.turn == Turn::kOpen && is_swapped(step.at, fold_state.turn_opened_at);
  if (fold_state.turn == Turn::kOpen) return step.at < fold_state.turn_opened_at;
  return fold_state.turn != Turn::kUnseen &&
         (fold_state.basis == Basis::kEdge || step.at < fold_state.turn_opened_at);
}

std::string_view abort_reason(const Step& step) noexcept {
  const std::string_view reason = step.observation.text(Key::kAbortReason);
  return reason.empty() ? "unknown" : reason;
}

bool is_interruption(const Step& step) noexcept {
  const std::string_view outcome = step.observation.text(Key::kOutcome);
  return outcome == "interrupted" || (outcome == "aborted" && abort_reason(step) == "interrupted");
}

/// A tool that began after the prompt belongs to its turn, even if its hook arrived before the prompt's.
void cancel_tools_before(Step& step) {
  std::erase_if(step.fold_state().tools, [&step](const OpenTool& tool) {
    return tool.actor.empty() && !is_swapped(step.at, tool.started_at);
  });
}

}  // namespace

void fail_turn(Step& step, std::string_view kind) {
  FoldState& fold_state = step.fold_state();
  const bool is_repeated = fold_state.turn == Turn::kFailed && fold_state.error_kind == kind;
  fold_state.turn = Turn::kFailed;
  assign(fold_state.error_kind, kind);
  if (is_repeated) return;
  fold_state.error = raise_attention(fold_state, "error", kind, step.arrival, step.at);
  fold_state.error.confirmed = true;
}

bool fail_unended(Step& step) {
  const auto failed = std::exchange(step.fold_state().failed_request, std::nullopt);
  if (!failed) return false;
  fail_turn(step, failed->error_kind.empty() ? std::string_view("request_failed") : failed->error_kind);
  return true;
}

void restate(Step& step) noexcept {
  FoldState& fold_state = step.fold_state();
  if (step.is_recorded() || fold_state.turn != Turn::kOpen) return;
  fold_state.basis = Basis::kEdge;
  step.restates = true;
}

void open_turn(Step& step) {
  FoldState& fold_state = step.fold_state();
  fold_state.compacting = false;
  fold_state.finish_pending = false;
  if (fold_state.turn == Turn::kOpen) {
    fold_state.basis = std::max(fold_state.basis, step.basis());
    return;
  }
  fold_state.turn = Turn::kOpen;
  fold_state.basis = step.basis();
  fold_state.turn_opened_at = step.at;
  fold_state.background_tasks = 0;
  fold_state.abort_reason.clear();
  fold_state.failed_request.reset();
  fold_state.error_kind.clear();
  fold_state.error = {};
  step.state.domain.finished = false;
}

void prompt_submitted(Step& step) {
  if (!step.is_main()) return close_waits(step, step.actor());
  FoldState& fold_state = step.fold_state();
  const std::string_view id = utf8_cut(step.observation.text(Key::kPromptId), kMaxWordBytes);
  // A repeated prompt: its hook is installed twice, or the user added a message to a running turn.
  if (!id.empty() && id == fold_state.prompt_id) return restate(step);
  // Transcript evidence of the prompt that an edge already reported.
  const bool is_retold = step.is_recorded() && fold_state.turn == Turn::kOpen &&
                         fold_state.basis == Basis::kEdge &&
                         elapsed(fold_state.turn_opened_at, step.at) <= kSwapWindow;
  if (is_retold || !reopen(step)) return;
  describe(step);
  assign(fold_state.prompt_id, id);
  ++fold_state.prompts;
  const bool is_from_person = step.observation.text(Key::kSource).empty();
  if (is_from_person)
    on_user_activity(step);
  else if (fold_state.started_tasks > 0)
    --fold_state.started_tasks;
  const bool is_over = fold_state.turn != Turn::kOpen && is_swapped(step.at, fold_state.turn_closed_at);
  if (is_over || rests_since(step) || (fold_state.turn != Turn::kOpen && step.is_before_level())) return;
  cancel_tools_before(step);
  close_waits(step, {});
  open_turn(step);
  fold_state.turn_opened_at = step.at;
}

void turn_finished(Step& step) {
  FoldState& fold_state = step.fold_state();
  if (step.is_main() && (fold_state.ended || is_of_another_turn(step))) return;
  cancel_tools(step.state, step.actor());
  close_waits(step, step.actor());
  // STATE-B2: a subagent's end does not end the turn.
  if (!step.is_main()) return;
  const std::string_view outcome = step.observation.text(Key::kOutcome);
  const std::string_view error = step.observation.text(Key::kErrorKind);
  const bool failed = outcome == "error" || (outcome.empty() && !error.empty());
  fold_state.compacting = false;
  fold_state.doubted = false;
  fold_state.unblocked = false;
  fold_state.basis = step.basis();
  fold_state.turn_closed_at = step.at;
  fold_state.background_tasks = tasks_left(step);
  if (is_interruption(step) && !step.is_recorded()) fold_state.reports_interruptions = true;
  fold_state.failed_request.reset();
  assign(fold_state.abort_reason, outcome == "aborted" ? abort_reason(step) : std::string_view());
  const bool ended_well = outcome == "ok" && fold_state.background_tasks == 0;
  // Another hook may make the agent continue; the level reports whether one did.
  fold_state.finish_pending = ended_well && fold_state.level.state == LevelState::kBusy;
  step.state.domain.finished = ended_well && !fold_state.finish_pending;
  if (failed) return fail_turn(step, utf8_cut(error, kMaxWordBytes));
  fold_state.turn = Turn::kClosed;
  fold_state.error_kind.clear();
  fold_state.error = {};
}

void request_failed(Step& step) {
  FoldState& fold_state = step.fold_state();
  if (!step.is_main() || fold_state.ended || is_of_another_turn(step)) return;
  if (fold_state.turn == Turn::kClosed || fold_state.turn == Turn::kFailed) return;
  close_waits(step, {});
  if (fold_state.turn == Turn::kOpen || !step.is_before_level()) open_turn(step);
  FailedRequest& failed = fold_state.failed_request.emplace();
  assign(failed.error_kind, step.observation.text(Key::kErrorKind));
  failed.attempt = step.observation.integer(Key::kAttempt);
  if (const auto next = step.observation.integer(Key::kNextAtNs))
    failed.next_at = Timestamp(std::chrono::nanoseconds(*next));
  failed.at = step.at;
}

void note_response(Step& step) noexcept {
  auto& failed = step.fold_state().failed_request;
  if (failed && step.is_main() && step.at > failed->at) failed.reset();
}

void compaction_started(Step& step) {
  close_waits(step, step.actor());
  if (!step.is_main() || !reopen(step)) return;
  FoldState& fold_state = step.fold_state();
  fold_state.compacting = true;
  fold_state.compacting_at = step.at;
  // A level reported this compaction as the start of a turn.
  const bool is_the_same = elapsed(fold_state.turn_opened_at, step.at) <= kSwapWindow;
  if (fold_state.turn == Turn::kOpen && fold_state.basis == Basis::kLevel && is_the_same) {
    fold_state.turn = Turn::kClosed;
    fold_state.basis = Basis::kEdge;
  }
}

void compaction_finished(Step& step) {
  if (step.is_main()) step.fold_state().compacting = false;
}

void subagent_started(Step& step) {
  const std::string_view id = utf8_cut(subagent_id(step), kMaxWordBytes);
  if (!step.is_main()) close_waits(step, step.actor());
  if (id.empty() || step.fold_state().ended || step.is_recorded()) return;
  auto& subagents = step.state.domain.subagents;
  if (std::any_of(subagents.begin(), subagents.end(), [id](const Subagent& known) { return known.id == id; }))
    return;
  if (subagents.size() == kMaxSubagents) subagents.erase(subagents.begin());
  Subagent subagent{std::string(id), {}, step.at};
  static_cast<void>(describe_subagent(subagent, step.observation));
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
