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
inline constexpr std::size_t kMaxAgentFacts = 32;
inline constexpr std::size_t kMaxWordBytes = 256;
inline constexpr std::size_t kMaxPathBytes = 4096;

// Hooks are short processes of their own, so two that were sent in order may arrive swapped, by milliseconds.
// Only within this window is an older time taken for a swap; beyond it, it is a clock that stepped.
inline constexpr std::chrono::seconds kSwapWindow{2};

/// One observation on its way through the rules.
struct Step {
  SessionState& state;
  const Observation& observation;
  Timestamp at;
  std::uint64_t seq;
  Change change{};

  [[nodiscard]] std::string_view actor() const noexcept { return observation.actor(); }
  [[nodiscard]] bool is_main() const noexcept { return actor().empty(); }
  [[nodiscard]] Bookkeeping& book() const noexcept { return state.book; }
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
  std::uint64_t seq;
};
/// Derives the status from the bookkeeping. True if it changed: then since and cause are new.
bool settle(SessionState& state, const Cause& cause);

// fold_lifecycle.cpp
void session_started(Step& step);
void session_ended(Step& step);
void session_replaced(Step& step);
/// Activity after the end: the session goes on. False if it was sent before the end and arrived late.
bool reopen(Step& step);
/// Forgets whatever was open, of every actor.
void close_everything(SessionState& state);

// fold_process.cpp
void process_bound(Step& step);
void process_exited(Step& step);

// fold_turns.cpp
void prompt_submitted(Step& step);
void turn_finished(Step& step);
void compaction_started(Step& step);
void compaction_finished(Step& step);
void subagent_started(Step& step);
void subagent_finished(Step& step);
void open_turn(Step& step);

// fold_tools.cpp
void tool_started(Step& step);
void tool_finished(Step& step);
/// The open tools of an actor end without a result.
void cancel_tools(SessionState& state, std::string_view actor);

// fold_waits.cpp
void input_needed(Step& step);
void input_resolved(Step& step);
/// The actor went on: nobody waits for its answers any more.
void close_waits(SessionState& state, std::string_view actor);
/// The same after a tool's result, which says nothing of a question about another tool that ran beside it.
void close_waits_after(SessionState& state, const OpenTool& finished);
/// What the person should be asked first, or nullptr: the oldest, an idle prompt last.
[[nodiscard]] const OpenWait* foremost_wait(const Bookkeeping& book) noexcept;

// fold_reports.cpp
/// What an observation says of the session itself: model, directory, version. Absent keeps.
void describe(Step& step);
void status_reported(Step& step);

}  // namespace atm::kernel::rules
