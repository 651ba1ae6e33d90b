// SPDX-License-Identifier: MIT
// The rules behind fold(), one source file per subject. Private to kernel/registry.
#pragma once

#include <atm/domain/utf8.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "kernel/registry/fold/fold.hpp"

namespace atm::kernel::rules {

// Bounds against a hostile or broken agent: beyond them the oldest entry is removed.
inline constexpr std::size_t kMaxOpenTools = 64;
inline constexpr std::size_t kMaxOpenWaits = 32;
inline constexpr std::size_t kMaxSubagents = 64;
inline constexpr std::size_t kMaxOtherProcesses = 3;
inline constexpr std::size_t kMaxAgentFacts = 32;
inline constexpr std::size_t kMaxWordBytes = 256;
inline constexpr std::size_t kMaxPathBytes = 4096;

// Each hook is a separate process, so two hooks may arrive swapped by milliseconds. An older time within this window
// means a swap; beyond it, the clock stepped.
inline constexpr std::chrono::seconds kSwapWindow{2};

// The agent may run its report once more while its dialog opens (STATE-W5).
inline constexpr std::chrono::milliseconds kDialogDelay{500};

// An agent that is idle this soon after its start has not worked yet (STATE-C2). The idle time may precede the start.
inline constexpr std::chrono::milliseconds kFirstRest{500};
inline constexpr std::chrono::milliseconds kStartSlack{250};

// A user takes longer to read and interrupt; a turn that ends sooner was given up by the agent (STATE-C2).
inline constexpr std::chrono::milliseconds kMinHumanReaction{500};

// On a busy machine an agent shows its dialog about a tool up to 1.5 s after the tool's hook (STATE-W9).
inline constexpr std::chrono::seconds kDialogAfterTool{2};

// The same attention continues if it returns within this time (STATE-A4).
inline constexpr std::chrono::seconds kSameAttention{2};

/// One observation that the rules process.
struct Step {
  SessionState& state;
  const Observation& observation;
  Timestamp at;
  Arrival arrival;
  Change change{};
  bool restates = false;  ///< an edge that repeats transcript evidence (STATE-T10)
  std::string nested{};   ///< the actor of an observation of a nested agent (STATE-B6)

  [[nodiscard]] std::string_view actor() const noexcept {
    return nested.empty() ? observation.actor() : std::string_view(nested);
  }
  [[nodiscard]] bool is_main() const noexcept { return actor().empty(); }
  [[nodiscard]] FoldState& fold_state() const noexcept { return state.fold_state; }
  [[nodiscard]] bool is_recorded() const noexcept { return observation.flag(Key::kRecorded); }
  /// Transcript evidence that is not newer than the level; the level already includes it (STATE-E8).
  [[nodiscard]] bool is_before_level() const noexcept {
    return is_recorded() && fold_state().level.state != LevelState::kUnknown &&
           at <= fold_state().level.since;
  }
  [[nodiscard]] Basis basis() const noexcept { return is_recorded() ? Basis::kRecord : Basis::kEdge; }
};

/// Whether evidence of time `at` was sent before `marker` and arrived after it.
[[nodiscard]] inline bool is_swapped(Timestamp at, Timestamp marker) noexcept {
  return at < marker && elapsed(at, marker) <= kSwapWindow;
}

/// Assigns only a different value: reports repeat, and the string is usually equal already.
inline void assign(std::string& to, std::string_view text, std::size_t max_bytes = kMaxWordBytes) {
  text = utf8_cut(text, max_bytes);
  if (to != text) to.assign(text);
}
template <class OptionalText>
requires requires(OptionalText to) {
  to.emplace();
}
void assign(OptionalText& to, std::string_view text, std::size_t max_bytes = kMaxWordBytes) {
  if (!to) to.emplace();
  assign(*to, text, max_bytes);
}

/// A level from the title of a terminal, which is read once a second; an agent changes it some time after its state.
[[nodiscard]] inline bool is_of_title(const Level& level) noexcept {
  constexpr std::string_view kTitle = "/title";
  return std::string_view(level.origin).ends_with(kTitle);
}

// fold.cpp
/// The cause of a status.
struct Cause {
  std::string_view type;
  std::string_view origin;
  Timestamp at;
  Arrival arrival;
  bool restates = false;  ///< replaces the cause of an unchanged status of the same type
};
/// Derives status, attention, certainty and stances from the fold state. A changed status gets a new since and cause.
void settle(SessionState& state, const Cause& cause, Change& change);

// fold_lifecycle.cpp
void session_started(Step& step);
void session_ended(Step& step);
void session_replaced(Step& step);
/// Reopens an ended session on activity. Returns false if the observation was sent before the end and arrived late.
bool reopen(Step& step);
/// Closes everything that is open, of every actor.
void close_everything(SessionState& state);
/// Closes everything and ends the session for `reason`.
void close_for_good(SessionState& state, std::string_view reason);

// fold_process.cpp
/// The PID namespace of the pid in an observation; none: the daemon's own or unknown.
[[nodiscard]] std::optional<std::uint64_t> pid_ns_in(const Observation& observation) noexcept;
/// 0 is an unknown namespace.
[[nodiscard]] bool is_other_namespace(std::optional<std::uint64_t> known,
                                      std::optional<std::uint64_t> reported) noexcept;
/// A binding of a program that only shows the session: it names a terminal, and another process runs the session.
[[nodiscard]] bool is_of_ui(const Observation& bound) noexcept;
void process_bound(Step& step);
void process_exited(Step& step);
[[nodiscard]] bool is_known_binding(const SessionState& state, const Observation& bound) noexcept;

// fold_processes.cpp
/// Selects the process of an observation for the rules. Returns false if the session is open in several processes and
/// the observation is transcript evidence that belongs to none of them.
[[nodiscard]] bool enter_process(Step& step, const std::optional<ProcessKey>& from);
/// Selects a process by its key. Returns false if the session does not run in it.
[[nodiscard]] bool take_process(SessionState& state, const ProcessKey& process);
/// Removes the selected process; another process remains.
void leave_process(SessionState& state);
/// Selects the process that needs the user most.
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
/// A request to the model failed; the agent may try again.
void request_failed(Step& step);
/// The agent received a response from the model after a failed request.
void note_response(Step& step) noexcept;
/// The turn has ended by a failure of this kind.
void fail_turn(Step& step, std::string_view kind);
/// A level or a notice ends a turn whose newest request failed: the turn failed (STATE-T12). Returns false for any other
/// turn.
bool fail_unended(Step& step);
/// An edge repeats transcript evidence about the open turn: the turn becomes as certain as the edge (STATE-C7,
/// STATE-T10).
void restate(Step& step) noexcept;

// fold_tools.cpp
/// The actor of a nested agent that an observation without an actor belongs to (STATE-B6); empty: none.
[[nodiscard]] std::string nesting(const Step& step);
void tool_started(Step& step);
void tool_finished(Step& step);
/// Corrects the result of an earlier tool use.
void tool_amended(Step& step);
/// Closes the open tools of an actor without a result.
void cancel_tools(SessionState& state, std::string_view actor);

// fold_waits.cpp
void input_needed(Step& step);
void input_resolved(Step& step);
/// Closes the waits of an actor that continued. Transcript evidence closes only waits that began before it (STATE-E8).
void close_waits(Step& step, std::string_view actor);
/// Like close_waits() after a tool result, but keeps a question about another tool that ran in parallel.
void close_waits_after(Step& step, const OpenTool& finished);
/// Handles a level `waiting`: it confirms an open wait or opens its own (STATE-W3).
void wait_by_level(Step& step);
/// Handles a level other than `waiting` (STATE-W4).
void close_waits_by_level(Step& step, LevelState before);
/// Handles a report that no dialog is open (STATE-W5).
void unblocked(Step& step);
/// Handles a reminder of a question (STATE-W6, STATE-W9).
void notice(Step& step);
/// Handles a level `dialog` right after a tool began: the agent may show a question about the tool (STATE-W9).
void suspect_dialog(Step& step);
/// The oldest open wait, an idle prompt last, or nullptr.
[[nodiscard]] const OpenWait* oldest_wait(const FoldState& fold_state) noexcept;
[[nodiscard]] bool is_idle_prompt(const OpenWait& wait) noexcept;
[[nodiscard]] bool is_startup_question(const OpenWait& wait) noexcept;

// fold_levels.cpp
void state_reported(Step& step);
[[nodiscard]] bool is_known_level(const SessionState& state, const Observation& observation) noexcept;
/// Whether an idle level newer than `at` arrived first.
[[nodiscard]] bool rests_since(const Step& step) noexcept;
/// Whether a level is up to date with the turn; any other level is no evidence.
[[nodiscard]] bool has_live_level(const FoldState& fold_state) noexcept;

// fold_attention.cpp
/// Raises new attention, or continues the one that ended within kSameAttention (STATE-A4).
[[nodiscard]] AttentionState raise_attention(FoldState& fold_state, std::string_view reason,
                                             std::string_view detail, const Arrival& arrival, Timestamp at);
void attention_acknowledged(Step& step);
/// Handles user activity: it acknowledges attention, and ended attention does not return.
void on_user_activity(Step& step) noexcept;
void settle_attention(SessionState& state, const Arrival& arrival, Change& change);

// fold_descriptions.cpp
/// Adds what is not known of the subagent yet; returns whether there is any.
bool describe_subagent(Subagent& subagent, const Observation& observation);
/// Whether a log states only what a session or a running subagent is (STATE-B8).
[[nodiscard]] bool is_description(const SessionState& state, const Observation& observation) noexcept;
[[nodiscard]] bool is_known_description(const SessionState& state, const Observation& observation);
void take_description(SessionState& state, const Observation& observation);

// fold_evidence.cpp
/// An edge of the main thread or of a subagent, such as a hook.
[[nodiscard]] bool is_edge(const Observation& observation) noexcept;
/// Whether transcript evidence is older than the latest edge evidence (STATE-E5).
[[nodiscard]] bool is_history(const SessionState& state, const Observation& observation) noexcept;
/// Stores the latest evidence of the origin. Allocates nothing for a repetition.
void record_evidence(Step& step);
void update_stances(SessionState& state) noexcept;
[[nodiscard]] Stance stance_of_level(const Level& level, const SessionState& state) noexcept;
[[nodiscard]] bool is_certain(const SessionState& state) noexcept;

// fold_reports.cpp
/// Stores the attributes about the session itself: model, directory, version. An absent attribute keeps its value.
void describe(Step& step);
/// Stores how the agent is set, which an edge may report.
void take_mode(Step& step);
void status_reported(Step& step);
/// Whether a report changes nothing but `duration.total_ms`, which grows while an agent is idle.
[[nodiscard]] bool is_known_report(const SessionState& state, const Observation& report);

// fold_detail.cpp
/// Stores the details of a level beyond its state (STATE-D1).
void take_detail(Step& step);
[[nodiscard]] bool is_known_detail(const Rare<StatusDetail>& known, const Observation& observation) noexcept;
void settle_detail(SessionState& state, Change& change);

// fold_facts.cpp
/// Text of the agent is cut at kMaxWordBytes.
[[nodiscard]] FactValue fact_from(const atm_value& value);
[[nodiscard]] bool is_same_value(const FactValue& fact, const atm_value& value) noexcept;
/// Keeps the attribute with this index, outside the vocabulary, under `agent.`, up to a limit.
void keep_as_fact(Step& step, std::size_t index);
/// Whether keep_as_fact() would change nothing.
[[nodiscard]] bool is_known_fact(const SessionState& state, const Observation& report,
                                 std::size_t index) noexcept;

}  // namespace atm::kernel::rules
