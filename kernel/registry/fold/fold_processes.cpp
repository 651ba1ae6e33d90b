// SPDX-License-Identifier: MIT
// One session in several live processes (STATE-I14). The rules work on the process of the observation;
// SessionState::others holds the other ones. After each observation the process that needs the user most becomes the
// selected one.
#include <algorithm>
#include <utility>

#include "kernel/registry/fold/fold_rules.hpp"

namespace atm::kernel {

std::optional<ProcessKey> process_in(const Observation& observation) noexcept {
  const auto pid = observation.integer(Key::kPid);
  if (!pid || *pid <= 0 || rules::is_of_ui(observation)) return std::nullopt;
  const auto ticks = observation.integer(Key::kStartTicks);
  return ProcessKey{*pid,
                    ticks && *ticks >= 0 ? std::optional(static_cast<std::uint64_t>(*ticks)) : std::nullopt,
                    rules::pid_ns_in(observation)};
}

namespace rules {
namespace {

void swap_with(SessionState& state, std::size_t index) {
  OtherProcess& other = state.others[index];
  std::swap(static_cast<ProcessPlace&>(state.runtime), state.runtime.other_processes[index]);
  std::swap(static_cast<Activity&>(state.fold_state), other.activity);
  std::swap(state.domain.finished, other.finished);
  std::swap(state.domain.subagents, other.subagents);
}

/// Keeps the activity of a live process while the session is bound to another one as well.
void set_aside(SessionState& state) {
  if (state.others.size() == kMaxOtherProcesses) {
    state.others.erase(state.others.begin());
    auto& places = state.runtime.other_processes;
    places.erase(places.begin());
  }
  state.others.emplace_back();
  state.runtime.other_processes.emplace_back();
  swap_with(state, state.others.size() - 1);
}

bool owns(const Activity& activity, const Observation& observation) noexcept {
  const std::string_view prompt = observation.text(Key::kPromptId);
  if (!prompt.empty() && activity.prompt_id == prompt) return true;
  const std::string_view tool = observation.text(Key::kToolUseId);
  return !tool.empty() && std::any_of(activity.tools.begin(), activity.tools.end(),
                                      [tool](const OpenTool& open) { return open.id == tool; });
}

/// All processes of a session share one transcript: the ids in it identify the process of a line.
bool enter_by_name(Step& step) {
  if (owns(step.fold_state(), step.observation)) return true;
  const auto& others = step.state.others;
  for (std::size_t i = 0; i < others.size(); ++i) {
    if (!owns(others[i].activity, step.observation)) continue;
    swap_with(step.state, i);
    return true;
  }
  return false;
}

int urgency(const Activity& activity) noexcept {
  const bool asks = std::any_of(activity.waits.begin(), activity.waits.end(),
                                [](const OpenWait& wait) { return !is_idle_prompt(wait); });
  if (asks) return 5;
  if (activity.turn == Turn::kFailed) return 4;
  if (activity.turn == Turn::kOpen || activity.compacting) return 3;
  if (activity.background_tasks > 0) return 2;
  return activity.waits.empty() ? 0 : 1;
}

}  // namespace

bool is_in(const ProcessPlace& place, const ProcessKey& process) noexcept {
  if (!place.pid || *place.pid != process.pid || is_other_namespace(place.pid_ns, process.pid_ns))
    return false;
  return !process.start_ticks || !place.process_start_ticks ||
         *process.start_ticks == *place.process_start_ticks;
}

bool take_process(SessionState& state, const ProcessKey& process) {
  if (is_in(state.runtime, process)) return true;
  const auto& places = state.runtime.other_processes;
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (!is_in(places[i], process)) continue;
    swap_with(state, i);
    return true;
  }
  return false;
}

bool enter_process(Step& step, const std::optional<ProcessKey>& from) {
  SessionState& state = step.state;
  const auto own = process_in(step.observation);
  const std::optional<ProcessKey>& process = own ? own : from;
  if (process && take_process(state, *process)) return true;
  if (step.observation.type() == ObservationType::kProcessBound) {
    const bool moves = process && state.runtime.pid && !state.fold_state.ended;
    if (moves && state.runtime.verified) set_aside(state);
    return true;
  }
  if (state.others.empty() || !step.is_recorded()) return true;
  return enter_by_name(step);
}

void leave_process(SessionState& state) {
  // A wait of the removed process cannot return.
  const std::uint32_t shown = state.fold_state.shown.attention.number;
  const auto& waits = state.fold_state.waits;
  if (std::any_of(waits.begin(), waits.end(),
                  [shown](const OpenWait& wait) { return wait.attention.number == shown; }))
    state.fold_state.shown.answered = true;
  swap_with(state, state.others.size() - 1);
  state.others.pop_back();
  state.runtime.other_processes.pop_back();
}

void show_most_urgent(SessionState& state) {
  const auto& others = state.others;
  int most = urgency(state.fold_state);
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < others.size(); ++i) {
    if (urgency(others[i].activity) <= most) continue;
    most = urgency(others[i].activity);
    best = i;
  }
  if (best) swap_with(state, *best);
}

}  // namespace rules
}  // namespace atm::kernel
