// SPDX-License-Identifier: MIT
#pragma once

#include <atm/domain/session.hpp>
#include <atm/domain/session_runtime.hpp>
#include <atm/domain/timestamp.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "kernel/registry/vocabulary.hpp"

namespace atm::kernel {

/// A tool that was started and has no result yet.
struct OpenTool {
  std::string actor;
  std::string id;  ///< empty where the agent gives none
  std::string name;
  Timestamp started_at{};
  friend bool operator==(const OpenTool&, const OpenTool&) = default;
};

/// A call for the person, from when it is raised until it cannot come back any more.
struct AttentionState {
  std::uint32_t number = 0;  ///< 0: none
  Timestamp since{};
  std::int64_t asked_ns = 0;  ///< awake time
  bool confirmed = false;
  bool acknowledged = false;
  friend bool operator==(const AttentionState&, const AttentionState&) = default;
};

/// A question to the person that nothing has answered yet.
struct OpenWait {
  std::string actor;
  std::string id;           ///< the agent's own, where it gives one
  std::string tool_use_id;  ///< of the tool it is about, where known
  std::string reason;
  std::string tool;
  Timestamp since{};         ///< when it began, by the earliest evidence; what closes it is newer
  Timestamp asked_at{};      ///< when it was asked last
  std::uint32_t count = 1;   ///< of questions that nothing tells apart (STATE-W10)
  bool from_level = false;   ///< only a level knows of it: an edge may yet say what it is about
  bool from_dialog = false;  ///< a dialog that no edge or notice explains yet (STATE-W9)
  AttentionState attention{};
  friend bool operator==(const OpenWait&, const OpenWait&) = default;
};

/// The call the session shows, or showed last.
struct ShownAttention {
  AttentionState attention;
  std::string reason;
  std::string detail;  ///< of the tool use, else the tool or the kind of error
  bool announced = false;
  bool over = true;
  bool answered = false;     ///< by the person: it does not come back
  std::int64_t over_ns = 0;  ///< awake time
  friend bool operator==(const ShownAttention&, const ShownAttention&) = default;
};

enum class LevelState : std::uint8_t { kUnknown, kIdle, kBusy, kWaiting, kBackground, kDialog };

/// What is the case until it is said otherwise, by the client's own account.
struct Level {
  LevelState state = LevelState::kUnknown;
  std::string reason;
  Timestamp since{};
  std::string origin;  ///< empty: the session has no level
  StatusDetail detail;
  friend bool operator==(const Level&, const Level&) = default;
};

/// What stands behind an Evidence, at the same index.
struct LastHeard {
  ObservationType type = ObservationType::kOther;
  bool main = true;
  friend bool operator==(const LastHeard&, const LastHeard&) = default;
};

/// The main thread's turn. kUnseen: nothing of this session said yet whether it works.
enum class Turn : std::uint8_t { kUnseen, kOpen, kClosed, kFailed };

/// By what kind of evidence a turn is open or closed.
enum class Basis : std::uint8_t { kLevel, kRecord, kEdge };

/// What one process of a session does.
struct Activity {
  Turn turn = Turn::kUnseen;
  Basis basis = Basis::kLevel;
  bool compacting = false;
  bool has_edges = false;              ///< hooks are at hand: what they did not say did not happen
  bool rested = false;                 ///< idle since it began
  bool given_up = false;               ///< a level ended the turn sooner than a person interrupts
  bool finish_pending = false;         ///< the turn ended well, and a level has yet to rest (STATE-T11)
  bool has_records = false;            ///< a transcript is at hand
  bool reports_interruptions = false;  ///< an edge told of an interruption
  bool doubted = false;                ///< too long without an edge
  bool unblocked = false;              ///< a report closed a wait; nothing said yet how it was answered
  bool stopped = false;                ///< its process is stopped by a signal
  bool sole = false;                   ///< its process has one session at a time
  bool counts_tasks = false;           ///< its end told how many background tasks go on
  std::uint32_t started_tasks = 0;     ///< named ones, by their tools; no end of them was told
  std::uint32_t background_tasks = 0;
  std::int64_t edge_ns = 0;  ///< awake time of the main thread's newest edge
  Timestamp edge_at{};       ///< its own time
  Timestamp turn_opened_at{};
  Timestamp turn_closed_at{};
  Timestamp compacting_at{};
  Timestamp answered_at{};  ///< when a wait was closed last
  std::string prompt_id;    ///< of the newest prompt
  std::string error_kind;   ///< of a failed turn
  Level level;
  AttentionState error;  ///< of a failed turn
  std::vector<OpenTool> tools;
  std::vector<OpenWait> waits;
  friend bool operator==(const Activity&, const Activity&) = default;
};

/// What the fold must remember beyond what a client is shown. The status is a function of it (rules::settle),
/// never a second truth beside it.
struct FoldState : Activity {
  bool registered = false;  ///< by a client that says it works: active while the turn is unseen
  bool stale = false;
  bool ended = false;
  bool only_bound = true;         ///< nothing but its process is known
  std::uint32_t agent_facts = 0;  ///< facts under `agent.`, bounded
  std::uint32_t attention_count = 0;
  std::uint64_t prompts = 0;
  std::int64_t newest_ns = 0;  ///< awake time of the newest observation that was folded
  std::string end_reason;      ///< why the session ended: `process_exited`, or the agent's word
  ShownAttention shown;
  std::vector<LastHeard> heard;  ///< parallel to SessionDomain::evidence
  friend bool operator==(const FoldState&, const FoldState&) = default;
};

/// What a further process of a session does (STATE-I14). Its place is SessionRuntime::other_processes at the
/// same index.
struct OtherProcess {
  Activity activity;
  bool finished = false;
  std::vector<Subagent> subagents;
};

/// All the registry keeps of one session.
struct SessionState {
  explicit SessionState(SessionId id, Timestamp first_sight = {}) : domain(std::move(id), first_sight) {}

  SessionDomain domain;
  SessionRuntime runtime;
  FoldState fold_state;
  std::vector<OtherProcess> others;
};

}  // namespace atm::kernel
