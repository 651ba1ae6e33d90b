// SPDX-License-Identifier: MIT
// The rules behind fold(), one source file a subject. Private to kernel/registry.
#pragma once

#include <atm/domain/utf8.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "kernel/registry/fold.hpp"

namespace atm::kernel::rules {

// A hostile or broken agent must not grow a session without end: beyond these the oldest is forgotten.
inline constexpr std::size_t kMaxOpenTools = 64;
inline constexpr std::size_t kMaxOpenWaits = 32;
inline constexpr std::size_t kMaxSubagents = 64;
inline constexpr std::size_t kMaxOtherProcesses = 3;
inline constexpr std::size_t kMaxAgentFacts = 32;
inline constexpr std::size_t kMaxWordBytes = 256;
inline constexpr std::size_t kMaxPathBytes = 4096;

// Hooks are short processes of their own, so two that were sent in order may arrive swapped, by milliseconds.
// Only within this window is an older time taken for a swap; beyond it, it is a clock that stepped.
inline constexpr std::chrono::seconds kSwapWindow{2};

// The agent's report may run once more while its dialog opens (STATE-W5).
inline constexpr std::chrono::milliseconds kDialogDelay{500};

// A client that rests this soon after its start has done nothing yet (STATE-C2). It may note its rest before its start.
inline constexpr std::chrono::milliseconds kFirstRest{500};
inline constexpr std::chrono::milliseconds kStartSlack{250};

// A person takes longer to read and interrupt; what ends sooner was given up by the client (STATE-C2).
inline constexpr std::chrono::milliseconds kMinHumanReaction{500};

// A client on a busy machine shows its own dialog about a tool up to 1.5 s after the tool's hook (STATE-W9).
inline constexpr std::chrono::seconds kDialogAfterTool{2};

// The same call within this time of its end goes on (STATE-A4).
inline constexpr std::chrono::seconds kSameAttention{2};

/// One observation on its way through the rules.
struct Step {
  SessionState& state;
  const Observation& observation;
  Timestamp at;
  Arrival arrival;
  Change change{};
  bool restates = false;  ///< an edge that repeats a record (STATE-T10)

  [[nodiscard]] std::string_view actor() const noexcept { return observation.actor(); }
  [[nodiscard]] bool is_main() const noexcept { return actor().empty(); }
  [[nodiscard]] FoldState& fold_state() const noexcept { return state.fold_state; }
  [[nodiscard]] bool is_recorded() const noexcept { return observation.flag(Key::kRecorded); }
  /// A record that is not newer than the level: the level has seen what it tells (STATE-E8).
  [[nodiscard]] bool is_before_level() const noexcept {
    return is_recorded() && fold_state().level.state != LevelState::kUnknown &&
           at <= fold_state().level.since;
  }
  [[nodiscard]] Basis basis() const noexcept { return is_recorded() ? Basis::kRecord : Basis::kEdge; }
};

/// Whether something of time `at` was sent before `marker` and only arrived after it.
[[nodiscard]] inline bool is_swapped(Timestamp at, Timestamp marker) noexcept {
  return at < marker && elapsed(at, marker) <= kSwapWindow;
}

/// Assigns only what differs: a report repeats itself, and its strings are already there.
inline void assign(std::string& to, std::string_view text, std::size_t max_bytes = kMaxWordBytes) {
  text = utf8_cut(text, max_bytes);
  if (to != text) to.assign(text);
}
inline void assign(std::optional<std::string>& to, std::string_view text,
                   std::size_t max_bytes = kMaxWordBytes) {
  if (!to) to.emplace();
  assign(*to, text, max_bytes);
}

// fold.cpp
/// Who caused a status.
struct Cause {
  std::string_view type;
  std::string_view origin;
  Timestamp at;
  Arrival arrival;
  bool restates = false;  ///< takes the place of an unchanged status's cause of the same type
};
/// Derives everything shown from the bookkeeping: status, attention, certainty, stances. A status that
/// changed has a new since and cause.
void settle(SessionState& state, const Cause& cause, Change& change);

// fold_lifecycle.cpp
void session_started(Step& step);
void session_ended(Step& step);
void session_replaced(Step& step);
/// Activity after the end: the session goes on. False if it was sent before the end and arrived late.
bool reopen(Step& step);
/// Forgets whatever was open, of every actor.
void close_everything(SessionState& state);
/// The same, and that anybody says what it does.
void close_for_good(SessionState& state, std::string_view reason);

// fold_process.cpp
/// The PID namespace that the pid of an observation belongs to; none: the daemon's, or one that was not told.
[[nodiscard]] std::optional<std::uint64_t> pid_ns_in(const Observation& observation) noexcept;
/// 0 is a namespace that nobody named.
[[nodiscard]] bool is_other_namespace(std::optional<std::uint64_t> known,
                                      std::optional<std::uint64_t> said) noexcept;
void process_bound(Step& step);
void process_exited(Step& step);
[[nodiscard]] bool is_known_binding(const SessionState& state, const Observation& bound) noexcept;

// fold_processes.cpp
/// Makes the process of an observation the one that the rules work on. False: the session is open in several processes
/// and the observation, a record, belongs to none that is known.
[[nodiscard]] bool enter_process(Step& step, const std::optional<ProcessKey>& from);
/// The same for a process by its key. False: the session does not run in it.
[[nodiscard]] bool take_process(SessionState& state, const ProcessKey& process);
/// The process that the rules work on is gone, and another one remains.
void leave_process(SessionState& state);
/// The session shows the process that needs its person most.
void show_most_urgent(SessionState& state);
[[nodiscard]] bool is_in(const ProcessPlace& place, const ProcessKey& process) noexcept;

// fold_turns.cpp
void prompt_submitted(Step& step);
void turn_finished(Step& step);
void compaction_started(Step& step);
void compaction_finished(Step& step);
void subagent_started(Step& step);
void subagent_finished(Step& step);
void open_turn(Step& step);
/// An edge repeats what a record said of the open turn: the turn is as certain as the edge (STATE-C7, STATE-T10).
void restate(Step& step) noexcept;

// fold_tools.cpp
void tool_started(Step& step);
void tool_finished(Step& step);
/// The open tools of an actor end without a result.
void cancel_tools(SessionState& state, std::string_view actor);

// fold_waits.cpp
void input_needed(Step& step);
void input_resolved(Step& step);
/// The actor went on: nobody waits for its answers any more. A record closes only what began before it (STATE-E8).
void close_waits(Step& step, std::string_view actor);
/// The same after a tool's result, which says nothing of a question about another tool that ran beside it.
void close_waits_after(Step& step, const OpenTool& finished);
/// A level `waiting`: confirms what is open, or opens a wait of its own (STATE-W3).
void wait_by_level(Step& step);
/// A level that is not `waiting` (STATE-W4).
void close_waits_by_level(Step& step, LevelState before);
/// A report that no dialog is open (STATE-W5).
void unblocked(Step& step);
/// A reminder of a question (STATE-W6, STATE-W9).
void notice(Step& step);
/// A level `dialog` right after a tool began: the client may ask about the tool (STATE-W9).
void suspect_dialog(Step& step);
/// What the person should be asked first, or nullptr: the oldest, an idle prompt last.
[[nodiscard]] const OpenWait* oldest_wait(const FoldState& fold_state) noexcept;
[[nodiscard]] bool is_idle_prompt(const OpenWait& wait) noexcept;
[[nodiscard]] bool is_startup_question(const OpenWait& wait) noexcept;

// fold_levels.cpp
void state_reported(Step& step);
[[nodiscard]] bool is_known_level(const SessionState& state, const Observation& observation) noexcept;
/// Whether a level of rest came after `at`, which it overtook.
[[nodiscard]] bool rests_since(const Step& step) noexcept;
/// Whether there is a level that keeps up with the turn; one that does not is no evidence of anything.
[[nodiscard]] bool has_live_level(const FoldState& fold_state) noexcept;

// fold_attention.cpp
/// A new call, or the one that ended a moment ago (STATE-A4).
[[nodiscard]] AttentionState raise_attention(FoldState& fold_state, std::string_view reason,
                                             std::string_view detail, const Arrival& arrival, Timestamp at);
void attention_acknowledged(Step& step);
/// The person is there: calls are silenced, and what is over does not come back.
void on_user_activity(Step& step) noexcept;
void settle_attention(SessionState& state, const Arrival& arrival, Change& change);

// fold_evidence.cpp
/// An edge of the main thread or of a subagent: a hook that says what just happened.
[[nodiscard]] bool is_edge(const Observation& observation) noexcept;
/// A record older than what edges told since (STATE-E5).
[[nodiscard]] bool is_history(const SessionState& state, const Observation& observation) noexcept;
/// Remembers what the origin said last. Allocates nothing where it says the same as before.
void record_evidence(Step& step);
void update_stances(SessionState& state) noexcept;
[[nodiscard]] Stance stance_of_level(const Level& level, const SessionState& state) noexcept;
[[nodiscard]] bool is_certain(const SessionState& state) noexcept;

// fold_reports.cpp
/// What an observation says of the session itself: model, directory, version. Absent keeps.
void describe(Step& step);
void status_reported(Step& step);
/// What a level says beyond its state (STATE-D1).
void take_detail(Step& step);
[[nodiscard]] bool is_known_detail(const StatusDetail& known, const Observation& observation) noexcept;
void settle_detail(SessionState& state, Change& change);
/// Whether a report changes nothing but `duration.total_ms`, which grows while an agent is idle.
[[nodiscard]] bool is_known_report(const SessionState& state, const Observation& report);

}  // namespace atm::kernel::rules
