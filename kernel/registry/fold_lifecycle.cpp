// SPDX-License-Identifier: MIT
// Beginning, end, and going on under another id.
#include "kernel/registry/fold_rules.hpp"

namespace atm::kernel::rules {
namespace {

void begin_anew(Step& step) {
  close_everything(step.state);
  Bookkeeping& book = step.book();
  book.turn = Turn::kClosed;
  book.basis = Basis::kEdge;
  book.turn_closed_at = step.at;
  book.registered = false;
  book.finish_pending = false;
  step.state.domain.finished = false;
}

}  // namespace

void close_everything(SessionState& state) {
  Bookkeeping& book = state.book;
  book.tools.clear();
  book.waits.clear();
  book.compacting = false;
  book.background_tasks = 0;
  book.started_tasks = 0;
  book.error_kind.clear();
  book.error = {};
  if (book.turn != Turn::kUnseen) book.turn = Turn::kClosed;
  state.domain.subagents.clear();
}

void close_for_good(SessionState& state, std::string_view reason) {
  close_everything(state);
  state.others.clear();
  state.infrastructure.other_processes.clear();
  state.book.ended = true;
  state.book.level = {};
  state.book.has_edges = false;
  state.book.finish_pending = false;
  assign(state.book.end_reason, reason);
}

namespace {

/// Hooks that a client lets go of while it ends; what comes back in the same process says so (STATE-I2).
bool is_last_word(const Step& step) noexcept {
  const ObservationType type = step.observation.type();
  const bool begins_again = type == ObservationType::kSessionStarted ||
                            type == ObservationType::kStateReported || type == ObservationType::kProcessBound;
  return !begins_again && step.state.infrastructure.pid && step.book().end_reason != "closed";
}

}  // namespace

bool reopen(Step& step) {
  Bookkeeping& book = step.book();
  if (!book.ended) return true;
  if (is_last_word(step)) return false;
  if (is_swapped(step.at, step.state.domain.status_since)) return false;
  book.ended = false;
  book.end_reason.clear();
  book.turn = Turn::kUnseen;
  book.registered = false;
  return true;
}

void session_started(Step& step) {
  describe(step);
  if (!reopen(step)) return;
  Bookkeeping& book = step.book();
  const std::string_view source = step.observation.text(Key::kSource);
  // A compaction starts the same session again, in the middle of its turn.
  if (source == "compact") return;
  if (source == "registered") {
    book.registered = true;
    if (book.turn == Turn::kClosed && book.level.origin.empty()) book.turn = Turn::kUnseen;
    return;
  }
  // Seen again, not begun again: what is known of the turn stays.
  if (source == "discovered" || step.is_recorded()) return;
  if (book.turn == Turn::kOpen && is_swapped(step.at, book.turn_opened_at)) return;
  begin_anew(step);
}

void session_ended(Step& step) {
  Bookkeeping& book = step.book();
  const std::string_view said = step.observation.text(Key::kReason);
  const std::string_view reason = said.empty() ? "ended" : said;
  if (book.ended) {
    // The agent knows better than who only saw that its process or file was gone.
    const bool was_guessed = book.end_reason == "process_exited" || book.end_reason == "closed";
    if (was_guessed && reason != "closed") assign(book.end_reason, reason);
    return;
  }
  // STATE-I2: it may go on in another process.
  const bool names_process = step.observation.integer(Key::kPid).has_value();
  const SessionInfrastructure& where = step.state.infrastructure;
  if (names_process && where.pid && !runs_in(where, step.observation)) return;
  if (!step.state.others.empty()) return leave_process(step.state);
  close_for_good(step.state, reason);
  step.change.ended = true;
}

void session_replaced(Step& step) {
  const std::string_view by = step.observation.text(Key::kBy);
  if (by.size() <= SessionId::kMaxBytes && by != step.observation.session()) step.change.replaced_by = by;
}

}  // namespace atm::kernel::rules
