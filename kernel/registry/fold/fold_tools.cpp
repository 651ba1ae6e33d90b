// SPDX-License-Identifier: MIT
// Tools, from their start to their result.
#include <algorithm>
#include <vector>

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

void note_duration(const Step& step, ToolUsageRecord& record) {
  if (const auto took = step.observation.integer(Key::kDurationMs); took && *took >= 0)
    record.duration_ms = static_cast<std::uint64_t>(*took);
}

void note_result(const Step& step, ToolUsageRecord& record) {
  note_duration(step, record);
  if (record.amended) return;
  record.is_error = step.observation.flag(Key::kIsError);
  record.exit_code = step.observation.integer(Key::kExitCode);
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

std::string_view nested_actor(const OpenTool& outer) noexcept {
  return outer.id.empty() ? outer.name : outer.id;
}

/// The agent inside the tool is a subagent while the tool runs (STATE-B6).
void begin_nested(Step& step, const OpenTool& outer) {
  auto& subagents = step.state.domain.subagents;
  if (subagents.size() == kMaxSubagents) subagents.erase(subagents.begin());
  Subagent subagent{std::string(nested_actor(outer)), {}, step.at};
  assign(subagent.type, step.observation.text(Key::kSubagentType));
  subagents.push_back(std::move(subagent));
}

void end_nested(SessionState& state, const OpenTool& outer) {
  const std::string_view id = nested_actor(outer);
  std::erase_if(state.fold_state.tools, [id](const OpenTool& tool) { return tool.actor == id; });
  std::erase_if(state.fold_state.waits, [id](const OpenWait& wait) { return wait.actor == id; });
  std::erase_if(state.domain.subagents, [id](const Subagent& known) { return known.id == id; });
}

}  // namespace

std::string nesting(const Step& step) {
  const auto& tools = step.fold_state().tools;
  const auto outer = std::find_if(tools.rbegin(), tools.rend(),
                                  [](const OpenTool& tool) { return tool.actor.empty() && tool.nests; });
  if (outer == tools.rend() || !step.is_main()) return {};
  const std::string_view id = tool_use_id(step);
  const std::string_view name = utf8_cut(step.observation.text(Key::kTool), kMaxWordBytes);
  const bool is_outer = id.empty() ? name == outer->name : id == outer->id;
  switch (step.observation.type()) {
    case ObservationType::kToolStarted:
    case ObservationType::kToolFinished:
      return is_outer ? std::string() : std::string(nested_actor(*outer));
    case ObservationType::kInputNeeded:
    case ObservationType::kInputResolved:
      return std::string(nested_actor(*outer));
    default:
      return {};
  }
}

void cancel_tools(SessionState& state, std::string_view actor) {
  auto& tools = state.fold_state.tools;
  std::vector<OpenTool> outer;
  for (const OpenTool& tool : tools) {
    if (tool.actor == actor && tool.nests) outer.push_back(tool);
  }
  std::erase_if(tools, [actor](const OpenTool& tool) { return tool.actor == actor; });
  for (const OpenTool& tool : outer) end_nested(state, tool);
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
  tool.nests = step.is_main() && step.observation.flag(Key::kNests);
  if (tool.nests) begin_nested(step, tool);
  fold_state.tools.push_back(std::move(tool));
  if (step.is_main()) suspect_dialog(step);
}

void tool_amended(Step& step) {
  const std::string_view id = tool_use_id(step);
  ToolUsageRecord* record = id.empty() ? nullptr : find_record(step.state.runtime.recent_tools, id);
  if (record == nullptr) return;
  note_duration(step, *record);
  const auto exit_code = step.observation.integer(Key::kExitCode);
  const bool has_result = step.observation.find(Key::kIsError) != nullptr;
  if (exit_code) record->exit_code = exit_code;
  if (has_result) record->is_error = step.observation.flag(Key::kIsError);
  record->amended = record->amended || exit_code || has_result;
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
    if (finished.nests) end_nested(step.state, finished);
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
