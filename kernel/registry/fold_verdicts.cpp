// SPDX-License-Identifier: MIT
// What the registry concludes when nothing is heard (state.md, section 8).
#include <algorithm>

#include "kernel/registry/fold_rules.hpp"

namespace atm::kernel {
namespace {

using rules::Cause;

bool is_unsettled(const OpenWait& wait) noexcept {
  return !wait.call.confirmed;
}

/// A question the client shows is in its level within moments; one that is not there it answered itself.
bool is_refuted(const Bookkeeping& book) noexcept {
  return rules::has_live_level(book) && book.level.state != LevelState::kWaiting;
}

/// The turn was said to be over, but the client works on: a hook of somebody else sent it back to work.
bool is_contradicted(const SessionState& state) noexcept {
  return state.domain.status.kind() == StatusKind::kIdle && state.book.turn == Turn::kClosed &&
         state.book.level.state == LevelState::kBusy;
}

std::optional<std::int64_t> doubt_due(const SessionState& state, const Patience& patience) {
  const Bookkeeping& book = state.book;
  if (!state.domain.certain || book.ended) return std::nullopt;
  if (is_contradicted(state)) return book.edge_ns + patience.refute.count();
  const OpenWait* wait = rules::foremost_wait(book);
  const bool can_end_unheard = (wait != nullptr && !rules::is_idle_prompt(*wait)) ||
                               (wait == nullptr && (state.domain.status.is_active() ||
                                                    state.domain.status.kind() == StatusKind::kBackground));
  if (!can_end_unheard || rules::stance_of_level(book.level, state) == Stance::kAgrees) return std::nullopt;
  const std::int64_t asked_ns = wait == nullptr ? 0 : wait->call.asked_ns;
  return std::max(book.edge_ns, asked_ns) + patience.doubt.count();
}

std::optional<std::int64_t> clear_due(const Bookkeeping& book, const Patience& patience) {
  if (!book.shown.over || !book.shown.announced) return std::nullopt;
  return book.shown.over_ns + patience.clear.count();
}

std::optional<std::int64_t> wait_due(const Bookkeeping& book, const Patience& patience) {
  std::optional<std::int64_t> due;
  const auto delay = is_refuted(book) ? patience.refute : patience.confirm;
  for (const OpenWait& wait : book.waits) {
    if (is_unsettled(wait)) due = std::min(due.value_or(INT64_MAX), wait.call.asked_ns + delay.count());
  }
  return due;
}

bool is_due(std::optional<std::int64_t> due, std::int64_t now_ns) {
  return due && *due <= now_ns;
}

void settle_waits(SessionState& state, const Arrival& arrival, const Patience& patience, Change& change) {
  Bookkeeping& book = state.book;
  const bool refuted = is_refuted(book);
  const auto delay = refuted ? patience.refute : patience.confirm;
  const auto is_asked_long_ago = [&](const OpenWait& wait) {
    return is_unsettled(wait) && wait.call.asked_ns + delay.count() <= arrival.awake_ns;
  };
  Timestamp at{};
  for (OpenWait& wait : book.waits) {
    if (!is_asked_long_ago(wait)) continue;
    at = std::max(at, wait.since + delay);
    wait.call.confirmed = !refuted;
  }
  if (refuted) std::erase_if(book.waits, is_asked_long_ago);
  rules::settle(state, {refuted ? "wait.refuted" : "wait.confirmed", "registry", at, arrival}, change);
}

}  // namespace

std::optional<std::int64_t> next_question(const SessionState& state, const Patience& patience) {
  std::optional<std::int64_t> next;
  const auto consider = [&next](std::optional<std::int64_t> due) {
    if (due) next = std::min(next.value_or(*due), *due);
  };
  if (!state.book.waits.empty()) consider(wait_due(state.book, patience));
  consider(clear_due(state.book, patience));
  consider(doubt_due(state, patience));
  return next;
}

Change conclude(SessionState& state, const Arrival& arrival, const Patience& patience) {
  Change change;
  Bookkeeping& book = state.book;
  if (is_due(wait_due(book, patience), arrival.awake_ns)) settle_waits(state, arrival, patience, change);
  if (is_due(doubt_due(state, patience), arrival.awake_ns)) {
    book.doubted = true;
    rules::settle(state, {"state.doubted", "registry", state.domain.status_since, arrival}, change);
  }
  if (is_due(clear_due(book, patience), arrival.awake_ns)) {
    book.shown.announced = false;
    change.cleared = book.shown.reason;
  }
  return change;
}

}  // namespace atm::kernel
