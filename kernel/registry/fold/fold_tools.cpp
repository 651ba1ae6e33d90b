// SPDX-License-Identifier: MIT
// Tools, from their start to their result.
#include <algorithm>

#include "kernel/registry/fold/fold_rules.hpp"

namespace atm::kernel::rules {
namespace {

ToolUsageRecord* find_record(RecentTools& tools, std::string_view id) noexcept {
  for (std::size_t i = tools.size(); i-- > 0;) {
    if (tools[i].tool_use_id && tools[i].tool_use_id->view() == id) return &tools[i];
  }
  return nullptr;
}

ToolUsageRecord record_of(const Step& step, std::string_view id) {
  ToolUsageRecord record;
  assign(record.tool, step.observation.text(Key::kTool));
  if (!id.empty()) record.tool_use_id.emplace(std::string(id));
  record.time = step.at;
  return record;
}

void note_result(const Step& step, ToolUsageRecord& record) {
  if (const auto took = step.observation.integer(Key::kDurationMs); took && *took >= 0) {
    record.duration_ms = static_cast<std::uint64_t>(*took);
  }
  record.is_error = step.observation.flag(Key::kIsError);
}

/// The open tool of a result: by its id, else the actor's newest tool of that name.
auto find_open(Step& step, std::string_view id) {
  auto& tools = step.fold_state().tools;
  const std::string_view name = utf8_cut(step.observation.text(Key::kTool), kMaxWordBytes);
  const auto matches = [&](const OpenTool& tool) {
    return id.empty() ? tool.actor == step.actor() && tool.name == name : tool.id == id;
  };
  const auto newest = std::find_if(tools.rbegin(), tools.rend(), matches);
  return newest == tools.rend() ? tools.end() : std::prev(newest.base());
}

std::string_view tool_use_id(const Step& step) noexcept {
  return utf8_cut(step.observation.text(Key::kToolUseId), kMaxWordBytes);
}

/// An edge confirms earlier transcript evidence and makes it certain.
void confirm_work(Step& step) noexcept {
  FoldState& fold_state = step.fold_state();
  if (step.is_main() && fold_state.turn == Turn::kOpen && !is_swapped(step.at, fold_state.turn_opened_at))
    restate(step);
}

/// Counts work that outlives its tool; the end of the turn may contain the number of tasks (STATE-C5).
void count_task(Step& step) noexcept {
  if (step.is_main() && step.observation.flag(Key::kBackground)) ++step.fold_state().started_tasks;
}

}  // namespace

void cancel_tools(SessionState& state, std::string_view actor) {
  std::erase_if(state.fold_state.tools, [actor](const OpenTool& tool) { return tool.actor == actor; });
}

void tool_started(Step& step) {
  FoldState& fold_state = step.fold_state();
  RecentTools& recent = step.state.runtime.recent_tools;
  const std::string_view id = tool_use_id(step);
  // A repeated start, or one that arrives after its result: neither is new.
  if (!id.empty() && find_record(recent, id) != nullptr) return confirm_work(step);
  recent.push(record_of(step, id));
  if (step.is_main()) {
    if (!reopen(step)) return;
    if (fold_state.turn != Turn::kOpen &&
        (is_swapped(step.at, fold_state.turn_closed_at) || rests_since(step)))
      return;
    if (fold_state.turn == Turn::kOpen || !step.is_before_level()) open_turn(step);
  } else if (fold_state.ended) {
    return;
  }
  // Transcript evidence may belong to another tool than the open question.
  if (!step.is_recorded()) close_waits(step, step.actor());
  if (fold_state.tools.size() == kMaxOpenTools) fold_state.tools.erase(fold_state.tools.begin());
  OpenTool tool{std::string(step.actor()), std::string(id), {}, step.at};
  assign(tool.name, step.observation.text(Key::kTool));
  fold_state.tools.push_back(std::move(tool));
  if (step.is_main()) suspect_dialog(step);
}

void tool_finished(Step& step) {
  FoldState& fold_state = step.fold_state();
  RecentTools& recent = step.state.runtime.recent_tools;
  const std::string_view id = tool_use_id(step);
  ToolUsageRecord* record = id.empty() ? nullptr : find_record(recent, id);
  const auto open = find_open(step, id);
  const bool was_open = open != fold_state.tools.end();
  const bool is_repeated = record != nullptr && record->is_error && !was_open;
  if (is_repeated) return confirm_work(step);
  count_task(step);

  OpenTool finished{std::string(step.actor()), std::string(id), {}, step.at};
  if (was_open) {
    finished = std::move(*open);
    fold_state.tools.erase(open);
  }
  if (record == nullptr && !id.empty()) {
    recent.push(record_of(step, id));
    record = &recent[recent.size() - 1];
  }
  if (record != nullptr) note_result(step, *record);

  if (step.is_main()) {
    if (fold_state.ended) return;
    // STATE-T9: a result after the end of its turn is no evidence of the current activity.
    if (fold_state.turn == Turn::kClosed || fold_state.turn == Turn::kFailed) return;
    if (fold_state.turn == Turn::kOpen || !step.is_before_level()) open_turn(step);
  }
  close_waits_after(step, finished);
}

}  // namespace atm::kernel::rules
