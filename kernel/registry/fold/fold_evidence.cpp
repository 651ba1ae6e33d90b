// SPDX-License-Identifier: MIT
// The latest evidence of each origin, its stance, and the certainty of the status.
#include <algorithm>

#include "kernel/registry/fold/fold_rules.hpp"

namespace atm::kernel::rules {
namespace {

using Type = ObservationType;

constexpr std::size_t kMaxOrigins = 6;
constexpr std::string_view kLevelPrefix = "state.reported:";

bool is_working(StatusKind kind) noexcept {
  return kind == StatusKind::kActive || kind == StatusKind::kThinking || kind == StatusKind::kRunningTool ||
         kind == StatusKind::kCompacting;
}
bool is_waiting(StatusKind kind) noexcept {
  return kind == StatusKind::kWaitingForPermission || kind == StatusKind::kWaitingForInput;
}
bool is_resting(StatusKind kind) noexcept {
  return kind == StatusKind::kIdle || kind == StatusKind::kBackground || kind == StatusKind::kError;
}
bool is_over(StatusKind kind) noexcept {
  return kind == StatusKind::kEnded || kind == StatusKind::kStale;
}

Stance stance_if(bool agrees) noexcept {
  return agrees ? Stance::kAgrees : Stance::kDisagrees;
}

/// Whether this type is evidence of the agent's activity. Other types do not replace evidence of such a type.
bool speaks(const Observation& observation) noexcept {
  switch (observation.type()) {
    case Type::kStateReported:
    case Type::kSessionEnded:
    case Type::kProcessExited:
      return true;
    case Type::kSubagentStarted:
    case Type::kSubagentFinished:
      return false;
    default:
      return is_edge(observation) || observation.flag(Key::kRecorded);
  }
}

bool moves(Type type) noexcept {
  switch (type) {
    case Type::kPromptSubmitted:
    case Type::kTurnFinished:
    case Type::kToolStarted:
    case Type::kToolFinished:
    case Type::kRequestFailed:
    case Type::kInputNeeded:
    case Type::kInputResolved:
    case Type::kSubagentStarted:
    case Type::kSubagentFinished:
    case Type::kCompactionStarted:
    case Type::kCompactionFinished:
      return true;
    default:
      return false;
  }
}

bool says_rest(Type type) noexcept {
  return type == Type::kTurnFinished || type == Type::kSessionStarted;
}
bool says_work(Type type) noexcept {
  return type == Type::kPromptSubmitted || type == Type::kToolStarted || type == Type::kToolFinished;
}

Stance stance_of_evidence(const LastHeard& word, const SessionState& state) noexcept {
  const StatusKind kind = state.domain.status.kind();
  if (word.type == Type::kSessionEnded) return stance_if(kind == StatusKind::kEnded);
  if (word.type == Type::kProcessExited && kind == StatusKind::kEnded) return Stance::kAgrees;
  if (is_over(kind)) return Stance::kSilent;
  if (word.type == Type::kStateReported) return stance_of_level(state.fold_state.level, state);
  if (word.type == Type::kInputNeeded) return stance_if(is_waiting(kind));
  if (!word.main) return Stance::kSilent;
  if (word.type == Type::kInputResolved) return is_waiting(kind) ? Stance::kDisagrees : Stance::kSilent;
  if (word.type == Type::kRequestFailed) return stance_if(is_working(kind) || kind == StatusKind::kError);
  if (word.type == Type::kCompactionStarted) return stance_if(is_working(kind));
  if (!says_rest(word.type) && !says_work(word.type)) return Stance::kSilent;
  // A question of another actor is no evidence of the main thread.
  const OpenWait* wait = oldest_wait(state.fold_state);
  if (wait != nullptr && !wait->actor.empty()) return Stance::kSilent;
  if (wait != nullptr && is_idle_prompt(*wait)) return stance_if(says_rest(word.type));
  return stance_if(says_rest(word.type) ? is_resting(kind) : is_working(kind));
}

void say(std::string& says, const Observation& observation) {
  if (observation.type() != Type::kStateReported) return assign(says, observation.type_name());
  const std::string_view state = utf8_cut(observation.text(Key::kState), kMaxWordBytes);
  if (std::string_view(says).starts_with(kLevelPrefix) &&
      std::string_view(says).substr(kLevelPrefix.size()) == state)
    return;
  says.assign(kLevelPrefix).append(state);
}

/// The index of an origin; when the table is full, a new origin replaces the one with the longest silence.
std::size_t place_of(SessionState& state, std::string_view origin) {
  auto& evidence = state.domain.evidence;
  const auto is_here = [origin](const Evidence& known) { return known.origin == origin; };
  const auto here = std::find_if(evidence.begin(), evidence.end(), is_here);
  if (here != evidence.end()) return static_cast<std::size_t>(here - evidence.begin());
  if (evidence.size() < kMaxOrigins) {
    evidence.emplace_back();
    state.fold_state.heard.emplace_back();
    assign(evidence.back().origin, origin);
    return evidence.size() - 1;
  }
  const auto oldest = std::min_element(evidence.begin(), evidence.end(),
                                       [](const Evidence& a, const Evidence& b) { return a.at < b.at; });
  const auto place = static_cast<std::size_t>(oldest - evidence.begin());
  *oldest = {std::string(utf8_cut(origin, kMaxWordBytes)), {}, {}, Stance::kSilent};
  state.fold_state.heard[place] = {};
  return place;
}

/// Whether the new evidence replaces the known one.
bool gives_way(const Evidence& known, const LastHeard& before, const Step& step, bool now_speaks) {
  if (known.says.empty()) return true;
  const bool before_speaks = before.type != Type::kOther;
  if (!now_speaks) return !before_speaks;
  if (before_speaks && is_swapped(step.at, known.at)) return false;
  // The activity of a subagent does not replace evidence of the main thread.
  const bool is_aside = !step.is_main() && step.observation.type() != Type::kInputNeeded;
  return !(is_aside && before_speaks && before.main);
}

}  // namespace

bool is_edge(const Observation& observation) noexcept {
  const bool is_start = observation.type() == Type::kSessionStarted;
  if (!is_start && !moves(observation.type())) return false;
  if (observation.flag(Key::kRecorded)) return false;
  if (!is_start) return true;
  const std::string_view source = observation.text(Key::kSource);
  return source != "discovered" && source != "registered" && source != "compact";
}

bool is_history(const SessionState& state, const Observation& observation) noexcept {
  const Type type = observation.type();
  const bool can_be =
      moves(type) || type == Type::kSessionStarted || type == Type::kSessionEnded || type == Type::kNotice;
  return can_be && observation.flag(Key::kRecorded) &&
         observation.time_ns() <= state.fold_state.edge_at.time_since_epoch().count();
}

void record_evidence(Step& step) {
  if (step.observation.type() == Type::kProcessBound) return;  // accompanies every record
  const std::size_t place = place_of(step.state, step.observation.origin());
  Evidence& evidence = step.state.domain.evidence[place];
  LastHeard& word = step.fold_state().heard[place];
  const bool now_speaks = speaks(step.observation);
  if (!gives_way(evidence, word, step, now_speaks)) return;
  say(evidence.says, step.observation);
  evidence.at = step.at;
  word = {now_speaks ? step.observation.type() : Type::kOther, step.is_main()};
}

Stance stance_of_level(const Level& level, const SessionState& state) noexcept {
  const StatusKind kind = state.domain.status.kind();
  const OpenWait* wait = oldest_wait(state.fold_state);
  const bool rests = kind == StatusKind::kIdle || kind == StatusKind::kError;
  switch (level.state) {
    case LevelState::kBusy:
      return stance_if(is_working(kind) || kind == StatusKind::kBackground);
    case LevelState::kIdle:
      return stance_if(rests || (wait != nullptr && is_idle_prompt(*wait)));
    case LevelState::kBackground:
      return kind == StatusKind::kError ? Stance::kSilent : stance_if(kind == StatusKind::kBackground);
    case LevelState::kWaiting:
      return stance_if(is_waiting(kind));
    case LevelState::kDialog:
      if (wait != nullptr && !is_idle_prompt(*wait)) return Stance::kAgrees;
      break;
    case LevelState::kUnknown:
      break;
  }
  return Stance::kSilent;
}

void update_stances(SessionState& state) noexcept {
  auto& evidence = state.domain.evidence;
  for (std::size_t i = 0; i < evidence.size(); ++i) {
    evidence[i].stance = stance_of_evidence(state.fold_state.heard[i], state);
  }
}

namespace {

bool is_certain_turn(const SessionState& state) noexcept {
  const FoldState& fold_state = state.fold_state;
  const bool level_agrees = stance_of_level(fold_state.level, state) == Stance::kAgrees;
  switch (fold_state.turn) {
    case Turn::kUnseen:
      return false;
    case Turn::kFailed:
      // The user may have interrupted the turn after its failed request.
      return fold_state.basis != Basis::kLevel || fold_state.reports_interruptions;
    case Turn::kOpen:
      return fold_state.basis == Basis::kEdge || (fold_state.basis == Basis::kRecord && level_agrees);
    case Turn::kClosed:
      break;
  }
  if (fold_state.background_tasks > 0)
    return level_agrees || (fold_state.basis == Basis::kEdge && fold_state.counts_tasks);
  if (fold_state.level.state == LevelState::kBusy) return false;
  // A transcript may report the failure of a turn that was given up at once.
  const bool may_have_failed = fold_state.given_up && !fold_state.has_records;
  return fold_state.basis != Basis::kLevel || (fold_state.has_edges && !may_have_failed) || fold_state.rested;
}

}  // namespace

bool is_certain(const SessionState& state) noexcept {
  const FoldState& fold_state = state.fold_state;
  if (fold_state.ended) return true;
  if (fold_state.stale || fold_state.doubted || fold_state.unblocked || fold_state.stopped) return false;
  if (const OpenWait* wait = oldest_wait(fold_state); wait != nullptr && is_startup_question(*wait))
    return false;
  // A title is read late, and no hook would correct it.
  if (!fold_state.has_edges && is_of_title(fold_state.level)) return false;
  const bool level_objects = stance_of_level(fold_state.level, state) == Stance::kDisagrees;
  if (level_objects && fold_state.level.since > fold_state.edge_at) return false;
  if (const OpenWait* wait = oldest_wait(fold_state)) return !wait->from_dialog;
  return fold_state.compacting || is_certain_turn(state);
}

}  // namespace atm::kernel::rules
