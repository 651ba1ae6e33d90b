// SPDX-License-Identifier: MIT
// Prompts, turns, compactions and subagents.
#include <algorithm>
#include <limits>

#include "kernel/registry/fold_rules.hpp"

namespace atm::kernel::rules {
namespace {

std::uint32_t background_tasks(const Observation& observation) noexcept {
  const std::int64_t tasks = observation.integer(Key::kBackgroundTasks).value_or(0);
  return static_cast<std::uint32_t>(
      std::clamp<std::int64_t>(tasks, 0, std::numeric_limits<std::uint32_t>::max()));
}

std::string_view subagent_id(const Step& step) noexcept {
  const std::string_view id = step.observation.text(Key::kSubagentId);
  return id.empty() ? step.actor() : id;
}

/// A tool that began after the prompt belongs to its turn, even if its hook overtook the prompt's.
void cancel_tools_before(Step& step) {
  std::erase_if(step.book().tools, [&step](const OpenTool& tool) {
    return tool.actor.empty() && !is_swapped(step.at, tool.started_at);
  });
}

}  // namespace

void open_turn(Step& step) {
  Bookkeeping& book = step.book();
  book.compacting = false;
  if (book.turn == Turn::kOpen) return;
  book.turn = Turn::kOpen;
  book.turn_opened_at = step.at;
  book.background_tasks = 0;
  book.error_kind.clear();
  step.state.domain.finished = false;
}

void prompt_submitted(Step& step) {
  if (!step.is_main()) return close_waits(step.state, step.actor());
  Bookkeeping& book = step.book();
  const std::string_view id = utf8_cut(step.observation.text(Key::kPromptId), kMaxWordBytes);
  // The same prompt again: its hook is installed twice, or a message was added to a turn that runs on.
  if (!id.empty() && id == book.prompt_id) return;
  if (!reopen(step)) return;
  describe(step);
  assign(book.prompt_id, id);
  ++book.prompts;
  cancel_tools_before(step);
  close_waits(step.state, {});
  open_turn(step);
  book.turn_opened_at = step.at;
}

void turn_finished(Step& step) {
  Bookkeeping& book = step.book();
  const bool is_overtaken = book.turn == Turn::kOpen && is_swapped(step.at, book.turn_opened_at);
  if (step.is_main() && (book.ended || is_overtaken)) return;
  cancel_tools(step.state, step.actor());
  close_waits(step.state, step.actor());
  // Rule 5: a subagent's end is not the turn's.
  if (!step.is_main()) return;
  const std::string_view outcome = step.observation.text(Key::kOutcome);
  const std::string_view error = step.observation.text(Key::kErrorKind);
  const bool failed = outcome == "error" || (outcome.empty() && !error.empty());
  book.compacting = false;
  book.turn = failed ? Turn::kFailed : Turn::kClosed;
  book.turn_closed_at = step.at;
  book.background_tasks = background_tasks(step.observation);
  assign(book.error_kind, failed ? error : std::string_view{});
  step.state.domain.finished = !failed && outcome != "interrupted" && book.background_tasks == 0;
}

void compaction_started(Step& step) {
  close_waits(step.state, step.actor());
  if (step.is_main() && reopen(step)) step.book().compacting = true;
}

void compaction_finished(Step& step) {
  if (step.is_main()) step.book().compacting = false;
}

void subagent_started(Step& step) {
  const std::string_view id = utf8_cut(subagent_id(step), kMaxWordBytes);
  if (!step.is_main()) close_waits(step.state, step.actor());
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
  close_waits(step.state, id);
  std::erase_if(step.state.domain.subagents, [id](const Subagent& known) { return known.id == id; });
}

}  // namespace atm::kernel::rules
