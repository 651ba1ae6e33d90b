// SPDX-License-Identifier: MIT
// Requests to the user. An agent reports a request, but mostly does not report its answer.
#include <algorithm>

#include "kernel/registry/fold/fold_rules.hpp"

namespace atm::kernel::rules {
namespace {

constexpr std::string_view kIdle = "idle";
constexpr std::string_view kPermission = "permission";
constexpr std::string_view kStartup = "startup";

std::string_view word(const Step& step, Key key) noexcept {
  return utf8_cut(step.observation.text(key), kMaxWordBytes);
}

/// A question about a tool often lacks the tool use id: take the newest open tool of that name.
std::string_view tool_use_asked_about(const Step& step, std::string_view tool) noexcept {
  const std::string_view id = word(step, Key::kToolUseId);
  if (!id.empty() || tool.empty()) return id;
  const auto& tools = step.fold_state().tools;
  const auto newest = std::find_if(tools.rbegin(), tools.rend(), [&](const OpenTool& open) {
    return open.actor == step.actor() && open.name == tool;
  });
  return newest == tools.rend() ? std::string_view{} : std::string_view(newest->id);
}

bool has_result(SessionState& state, std::string_view id) noexcept {
  const RecentTools& recent = state.runtime.recent_tools;
  for (std::size_t i = recent.size(); !id.empty() && i-- > 0;) {
    if (recent[i].tool_use_id && recent[i].tool_use_id->view() == id) return recent[i].is_error.has_value();
  }
  return false;
}

/// Whether the wait is already open; another one of the same kind is counted (STATE-W10). The late notification of a
/// permission request names neither tool nor actor.
bool is_known(FoldState& fold_state, const OpenWait& asked) {
  const auto same =
      std::find_if(fold_state.waits.begin(), fold_state.waits.end(), [&asked](const OpenWait& open) {
        return open.actor == asked.actor && open.reason == asked.reason && open.tool == asked.tool &&
               open.tool_use_id == asked.tool_use_id && open.id == asked.id;
      });
  if (same != fold_state.waits.end()) {
    const bool is_named = !asked.id.empty() || !asked.tool_use_id.empty() || asked.reason == kIdle;
    if (!is_named && elapsed(same->asked_at, asked.asked_at) > kSwapWindow) {
      ++same->count;
      same->asked_at = asked.asked_at;
    }
    return true;
  }
  const bool is_vague =
      asked.tool.empty() && asked.tool_use_id.empty() && asked.id.empty() && asked.reason == kPermission;
  return is_vague && !fold_state.waits.empty();
}

std::string_view detail_of(const OpenWait& wait) noexcept {
  return wait.tool_use_id.empty() ? wait.tool : wait.tool_use_id;
}

/// Completes a wait that a level opened with the details of an edge that arrived after it.
bool make_precise(FoldState& fold_state, const OpenWait& asked) {
  if (asked.reason == kIdle) return false;
  const auto vague = std::find_if(fold_state.waits.begin(), fold_state.waits.end(),
                                  [](const OpenWait& open) { return open.from_level; });
  if (vague == fold_state.waits.end()) return false;
  const Timestamp since = vague->since;
  const AttentionState attention = vague->attention;
  *vague = asked;
  vague->since = since;
  vague->attention = attention;
  return true;
}

/// Whether the level shows that the question is already answered.
bool is_answered(const FoldState& fold_state, const OpenWait& asked) noexcept {
  const bool waits =
      fold_state.level.state == LevelState::kWaiting || fold_state.level.state == LevelState::kUnknown;
  return asked.reason != kIdle && !waits && is_swapped(asked.since, fold_state.level.since);
}

void open_wait(Step& step, OpenWait wait) {
  FoldState& fold_state = step.fold_state();
  wait.attention = raise_attention(fold_state, wait.reason, detail_of(wait), step.arrival, step.at);
  const LevelState state = fold_state.level.state;
  if (state == (wait.reason == kIdle ? LevelState::kIdle : LevelState::kWaiting) && wait.reason != kStartup)
    wait.attention.confirmed = true;
  if (fold_state.waits.size() == kMaxOpenWaits) fold_state.waits.erase(fold_state.waits.begin());
  fold_state.waits.push_back(std::move(wait));
}

template <class IsOver>
void close_where(Step& step, IsOver is_over) {
  if (std::erase_if(step.fold_state().waits, is_over) != 0) step.fold_state().answered_at = step.at;
}

/// Transcript evidence closes neither a later question nor one that a level still reports (STATE-E8).
bool may_answer(const Step& step, const OpenWait& wait) noexcept {
  if (!step.is_recorded()) return true;
  return wait.since < step.at && !step.is_before_level() &&
         step.fold_state().level.state != LevelState::kWaiting;
}

const OpenTool* newest_tool(const Step& step) noexcept {
  const auto& tools = step.fold_state().tools;
  const auto newest =
      std::find_if(tools.rbegin(), tools.rend(), [](const OpenTool& tool) { return tool.actor.empty(); });
  return newest == tools.rend() ? nullptr : &*newest;
}

bool has_question(const FoldState& fold_state) noexcept {
  const OpenWait* wait = oldest_wait(fold_state);
  return wait != nullptr && !is_idle_prompt(*wait);
}

OpenWait wait_for(const OpenTool& tool, Timestamp since) {
  OpenWait wait;
  wait.reason = kPermission;
  wait.tool = tool.name;
  wait.tool_use_id = tool.id;
  wait.since = since;
  wait.asked_at = since;
  return wait;
}

/// The notice of an agent that asks without an edge: no evidence of the main thread arrived since its tool began
/// (STATE-W9).
void open_wait_by_notice(Step& step) {
  FoldState& fold_state = step.fold_state();
  const bool may_ask =
      fold_state.level.state == LevelState::kUnknown || fold_state.level.state == LevelState::kDialog;
  const OpenTool* tool = newest_tool(step);
  if (!step.is_main() || !may_ask || fold_state.turn != Turn::kOpen || has_question(fold_state) ||
      tool == nullptr)
    return;
  if (fold_state.edge_at > tool->started_at || step.at <= tool->started_at) return;
  open_wait(step, wait_for(*tool, step.at));
  fold_state.waits.back().attention.confirmed = true;
  fold_state.doubted = false;
}

/// An agent that waits for its next prompt has no open turn. Returns false if a newer turn is open.
bool note_idle(Step& step) {
  FoldState& fold_state = step.fold_state();
  if (fold_state.turn == Turn::kOpen) {
    if (is_swapped(step.at, fold_state.turn_opened_at)) return false;
    cancel_tools(step.state, {});
    fold_state.compacting = false;
  }
  if (fold_state.turn == Turn::kOpen || fold_state.turn == Turn::kUnseen) {
    fold_state.turn = Turn::kClosed;
    fold_state.basis = step.basis();
    fold_state.turn_closed_at = step.at;
    static_cast<void>(fail_unended(step));
  }
  return true;
}

}  // namespace

const OpenWait* oldest_wait(const FoldState& fold_state) noexcept {
  if (fold_state.waits.empty()) return nullptr;
  const auto urgent = std::find_if(fold_state.waits.begin(), fold_state.waits.end(),
                                   [](const OpenWait& wait) { return wait.reason != kIdle; });
  return urgent == fold_state.waits.end() ? &fold_state.waits.front() : &*urgent;
}

bool is_idle_prompt(const OpenWait& wait) noexcept {
  return wait.reason == kIdle;
}

bool is_startup_question(const OpenWait& wait) noexcept {
  return wait.reason == kStartup;
}

void close_waits(Step& step, std::string_view actor) {
  close_where(step, [&](const OpenWait& wait) { return wait.actor == actor && may_answer(step, wait); });
}

void close_waits_after(Step& step, const OpenTool& finished) {
  close_where(step, [&](const OpenWait& wait) {
    if (wait.actor != finished.actor || !may_answer(step, wait)) return false;
    const bool is_beside = !wait.tool_use_id.empty() && !finished.id.empty() &&
                           wait.tool_use_id != finished.id && !finished.name.empty() &&
                           finished.started_at <= wait.since;
    return !is_beside;
  });
}

void wait_by_level(Step& step) {
  FoldState& fold_state = step.fold_state();
  bool is_open = false;
  for (OpenWait& wait : fold_state.waits) {
    if (is_idle_prompt(wait)) continue;
    is_open = true;
    if (wait.of_child) continue;
    wait.attention.confirmed = true;
    wait.from_dialog = false;
    wait.since = std::min(wait.since, step.at);
  }
  // The answer arrived before the question.
  if (is_open || is_swapped(step.at, fold_state.answered_at)) return;
  OpenWait wait;
  wait.reason = fold_state.level.reason.empty() ? kPermission : std::string_view(fold_state.level.reason);
  wait.since = step.at;
  wait.asked_at = step.at;
  wait.from_level = true;
  open_wait(step, std::move(wait));
}

void close_waits_by_level(Step& step, LevelState before) {
  const bool rests = step.fold_state().level.state == LevelState::kIdle;
  for (OpenWait& wait : step.fold_state().waits) {
    if (rests && is_idle_prompt(wait)) wait.attention.confirmed = true;
  }
  // A level follows the previous one, even within the same millisecond.
  const auto is_over = [&](const OpenWait& wait) {
    if (wait.of_child) return false;
    return step.at > wait.since || (before == LevelState::kWaiting && step.at == wait.since);
  };
  close_where(step, [&](const OpenWait& wait) { return is_over(wait) && !(rests && is_idle_prompt(wait)); });
}

void unblocked(Step& step) {
  if (step.fold_state().waits.empty()) return;
  const auto is_gone = [&step](const OpenWait& wait) {
    return !is_idle_prompt(wait) && !wait.of_child && elapsed(wait.since, step.at) >= kDialogDelay;
  };
  if (std::erase_if(step.fold_state().waits, is_gone) == 0) return;
  step.fold_state().answered_at = step.at;
  step.fold_state().unblocked = true;
}

void notice(Step& step) {
  const std::string_view about = step.observation.text(Key::kAbout);
  if (about.empty()) return;
  for (OpenWait& wait : step.fold_state().waits) {
    if (is_idle_prompt(wait) || wait.of_child || wait.since > step.at) continue;
    wait.attention.confirmed = true;
    wait.from_dialog = false;
  }
  if (about == "question") open_wait_by_notice(step);
}

void suspect_dialog(Step& step) {
  const FoldState& fold_state = step.fold_state();
  const OpenTool* tool = newest_tool(step);
  const bool may_ask = fold_state.level.state == LevelState::kDialog && fold_state.turn == Turn::kOpen;
  if (!may_ask || tool == nullptr || has_question(fold_state)) return;
  const auto after = elapsed(tool->started_at, fold_state.level.since);
  if (after < std::chrono::nanoseconds(0) || after > kDialogAfterTool) return;
  OpenWait wait = wait_for(*tool, fold_state.level.since);
  wait.from_dialog = true;
  open_wait(step, std::move(wait));
}

void input_needed(Step& step) {
  OpenWait wait;
  wait.actor = step.actor();
  wait.reason = word(step, Key::kReason);
  if (wait.reason.empty()) wait.reason = kPermission;
  wait.tool = word(step, Key::kTool);
  wait.id = word(step, Key::kWaitId);
  wait.kind = word(step, Key::kPermissionKind);
  wait.tool_use_id = tool_use_asked_about(step, wait.tool);
  wait.since = step.at;
  wait.asked_at = step.at;
  FoldState& fold_state = step.fold_state();
  if (has_result(step.state, wait.tool_use_id) || is_known(fold_state, wait) || is_answered(fold_state, wait))
    return;
  if (step.is_main() ? !reopen(step) : fold_state.ended) return;
  if (wait.reason == kIdle && !note_idle(step)) return;
  if (step.is_main()) fold_state.compacting = false;
  if (!make_precise(fold_state, wait)) open_wait(step, std::move(wait));
}

void input_resolved(Step& step) {
  auto& waits = step.fold_state().waits;
  const std::string_view wait_id = word(step, Key::kWaitId);
  const std::string_view id = word(step, Key::kToolUseId);
  const std::string_view reason = word(step, Key::kReason);
  const auto matches = [&](const OpenWait& wait, bool exactly) {
    if (!may_answer(step, wait)) return false;
    if (!wait_id.empty() && !wait.id.empty()) return wait.id == wait_id;
    if (!id.empty() && exactly) return wait.tool_use_id == id;
    return wait.actor == step.actor() && (id.empty() || wait.tool_use_id.empty()) &&
           (reason.empty() || wait.reason == reason);
  };
  auto answered = waits.end();
  for (const bool exactly : {true, false}) {
    if (answered == waits.end()) {
      answered = std::find_if(waits.begin(), waits.end(),
                              [&](const OpenWait& wait) { return matches(wait, exactly); });
    }
  }
  if (answered == waits.end()) return;
  if (--answered->count == 0) waits.erase(answered);
  step.fold_state().answered_at = step.at;
}

}  // namespace atm::kernel::rules
