// SPDX-License-Identifier: MIT
// Beginning, end, and going on under another id.
#include "kernel/registry/fold_rules.hpp"

namespace atm::kernel::rules {
namespace {

void begin_anew(Step& step) {
  close_everything(step.state);
  Bookkeeping& book = step.book();
  book.turn = Turn::kClosed;
  book.turn_closed_at = step.at;
  book.registered = false;
  step.state.domain.finished = false;
}

}  // namespace

void close_everything(SessionState& state) {
  Bookkeeping& book = state.book;
  book.tools.clear();
  book.waits.clear();
  book.compacting = false;
  book.background_tasks = 0;
  book.error_kind.clear();
  if (book.turn != Turn::kUnseen) book.turn = Turn::kClosed;
  state.domain.subagents.clear();
}

bool reopen(Step& step) {
  Bookkeeping& book = step.book();
  if (!book.ended) return true;
  if (is_swapped(step.at, step.state.domain.status_since)) return false;
  book.ended = false;
  book.end_reason.clear();
  book.turn = Turn::kClosed;
  return true;
}

void session_started(Step& step) {
  describe(step);
  if (const auto started = step.observation.integer(Key::kStartedAtNs)) {
    step.state.domain.started_at = Timestamp(std::chrono::nanoseconds(*started));
  }
  if (!reopen(step)) return;
  Bookkeeping& book = step.book();
  const std::string_view source = step.observation.text(Key::kSource);
  // A compaction starts the same session again, in the middle of its turn.
  if (source == "compact") return;
  if (source == "registered") {
    book.registered = true;
    if (book.turn == Turn::kClosed) book.turn = Turn::kUnseen;
    return;
  }
  if (source == "discovered") {
    // Seen again, not begun again: what is known of the turn stays.
    if (book.turn == Turn::kUnseen) book.turn = Turn::kClosed;
    return;
  }
  if (book.turn == Turn::kOpen && is_swapped(step.at, book.turn_opened_at)) return;
  begin_anew(step);
}

void session_ended(Step& step) {
  Bookkeeping& book = step.book();
  if (book.ended) return;
  close_everything(step.state);
  book.ended = true;
  const std::string_view reason = step.observation.text(Key::kReason);
  assign(book.end_reason, reason.empty() ? "ended" : reason);
  step.change.ended = true;
}

void session_replaced(Step& step) {
  const std::string_view by = step.observation.text(Key::kBy);
  if (by.size() <= SessionId::kMaxBytes && by != step.observation.session()) step.change.replaced_by = by;
}

}  // namespace atm::kernel::rules
