// SPDX-License-Identifier: MIT
#pragma once

#include <atm/domain/rare.hpp>
#include <atm/domain/session.hpp>
#include <atm/domain/session_runtime.hpp>
#include <atm/domain/timestamp.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kernel/model/vocabulary.hpp"

namespace atm::kernel {

/// A started tool without a result.
struct OpenTool {
  std::string actor;
  std::string id;  ///< empty if the agent gives none
  std::string name;
  Timestamp started_at{};
  bool nests = false;  ///< its inner tools are those of a nested agent
  friend bool operator==(const OpenTool&, const OpenTool&) = default;
};

/// One attention of a wait or error, from its raising until it can no longer return.
struct AttentionState {
  std::uint32_t number = 0;  ///< 0: none
  Timestamp since{};
  std::int64_t asked_ns = 0;  ///< awake time
  bool confirmed = false;
  bool acknowledged = false;
  friend bool operator==(const AttentionState&, const AttentionState&) = default;
};

/// An open request to the user.
struct OpenWait {
  std::string actor;
  std::string id;           ///< the agent's id, if any
  std::string tool_use_id;  ///< of the tool that the question is about, if known
  std::string reason;
  std::string kind;  ///< what a permission is for, in the agent's word
  std::string tool;
  Timestamp since{};         ///< time of the earliest evidence; only newer evidence closes the wait
  Timestamp asked_at{};      ///< time of the latest request
  std::uint32_t count = 1;   ///< number of indistinguishable questions (STATE-W10)
  bool from_level = false;   ///< known from a level only; an edge may still add the subject
  bool from_dialog = false;  ///< a dialog without an edge or notice so far (STATE-W9)
  bool of_child = false;     ///< of a child session, which is the actor (STATE-B7)
  AttentionState attention{};
  friend bool operator==(const OpenWait&, const OpenWait&) = default;
};

/// The attention that the session shows or showed last.
struct ShownAttention {
  AttentionState attention;
  std::string reason;
  std::string detail;  ///< the tool use id, else the tool or the kind of error
  bool announced = false;
  bool over = true;
  bool answered = false;     ///< acknowledged by the user: it does not return
  std::int64_t over_ns = 0;  ///< awake time
  friend bool operator==(const ShownAttention&, const ShownAttention&) = default;
};

/// The newest request to the model of a turn, which failed; the agent may try again.
struct FailedRequest {
  std::string error_kind;
  std::optional<std::int64_t> attempt;  ///< the number of the next attempt
  std::optional<Timestamp> next_at;     ///< when the agent makes it, by its sender
  Timestamp at{};
  friend bool operator==(const FailedRequest&, const FailedRequest&) = default;
};

enum class LevelState : std::uint8_t { kUnknown, kIdle, kBusy, kWaiting, kBackground, kDialog };

/// A continuous state that the agent itself reports; it holds until the next one.
struct Level {
  LevelState state = LevelState::kUnknown;
  std::string reason;
  Timestamp since{};
  std::string origin;  ///< empty: the session has no level
  Rare<StatusDetail> detail;
  friend bool operator==(const Level&, const Level&) = default;
};

/// Internal data of the Evidence at the same index.
struct LastHeard {
  ObservationType type = ObservationType::kOther;
  bool main = true;
  friend bool operator==(const LastHeard&, const LastHeard&) = default;
};

/// The main thread's turn. kUnseen: no evidence yet whether the session works.
enum class Turn : std::uint8_t { kUnseen, kOpen, kClosed, kFailed };

/// The kind of evidence that opened or closed the turn.
enum class Basis : std::uint8_t { kLevel, kRecord, kEdge };

/// The activity of one process of a session.
struct Activity {
  Turn turn = Turn::kUnseen;
  Basis basis = Basis::kLevel;
  bool compacting = false;
  bool has_edges = false;              ///< hooks are installed: an event without a hook did not happen
  bool rested = false;                 ///< idle since its start
  bool given_up = false;               ///< a level ended the turn sooner than a user can interrupt
  bool finish_pending = false;         ///< the turn ended well, but no level is idle yet (STATE-T11)
  bool has_records = false;            ///< a transcript is available
  bool reports_interruptions = false;  ///< an edge reported an interruption
  bool doubted = false;                ///< no edge for too long
  bool unblocked = false;              ///< a report closed a wait; its answer is unknown
  bool stopped = false;                ///< its process is stopped by a signal
  bool sole = false;                   ///< its process has one session at a time
  bool counts_tasks = false;           ///< the end of the turn contained the number of background tasks
  std::uint32_t started_tasks = 0;     ///< tasks named by their tools, without a reported end
  std::uint32_t background_tasks = 0;
  std::int64_t edge_ns = 0;  ///< awake time of the main thread's newest edge
  Timestamp edge_at{};       ///< time of that edge by its sender
  Timestamp turn_opened_at{};
  Timestamp turn_closed_at{};
  Timestamp compacting_at{};
  Timestamp answered_at{};             ///< time of the latest closed wait
  std::string prompt_id;               ///< of the newest prompt
  std::string error_kind;              ///< of a failed turn
  std::string abort_reason;            ///< of a closed turn that was aborted
  Rare<FailedRequest> failed_request;  ///< of an open turn, until its next activity
  Level level;
  AttentionState error;  ///< of a failed turn
  std::vector<OpenTool> tools;
  std::vector<OpenWait> waits;
  friend bool operator==(const Activity&, const Activity&) = default;
};

/// State that the fold needs beyond what clients see. rules::settle derives the status from it.
struct FoldState : Activity {
  bool registered = false;  ///< by an agent that reports it works: active while the turn is unseen
  bool stale = false;
  bool ended = false;
  bool only_bound = true;         ///< only its process is known
  std::uint32_t agent_facts = 0;  ///< facts under `agent.`, bounded
  std::uint32_t attention_count = 0;
  std::uint64_t prompts = 0;
  std::int64_t newest_ns = 0;  ///< awake time of the newest folded observation
  std::string end_reason;      ///< why the session ended: `process_exited`, or the agent's own reason
  ShownAttention shown;
  std::vector<LastHeard> heard;  ///< parallel to SessionDomain::evidence
  friend bool operator==(const FoldState&, const FoldState&) = default;
};

/// Activity of a further process of a session (STATE-I14). Its place is SessionRuntime::other_processes at the same
/// index.
struct OtherProcess {
  Activity activity;
  bool finished = false;
  std::vector<Subagent> subagents;
};

/// All data that the registry keeps of one session.
struct SessionState {
  explicit SessionState(SessionId id, Timestamp first_sight = {}) : domain(std::move(id), first_sight) {}

  SessionDomain domain;
  SessionRuntime runtime;
  FoldState fold_state;
  std::vector<OtherProcess> others;
};

}  // namespace atm::kernel
