// SPDX-License-Identifier: MIT
// What the registry concludes when nothing is heard (state.md, section 8).
#include <algorithm>
#include <utility>
#include <vector>

#include "kernel/registry/fold_rules.hpp"

namespace atm::kernel {
namespace {

using rules::Cause;

bool is_unsettled(const OpenWait& wait) noexcept {
  return !wait.call.confirmed;
}

/// A question the client shows is in its level within moments; one that is not there it answered itself.
bool is_refuted(const Bookkeeping& book, const OpenWait& wait) noexcept {
  return !wait.from_dialog && rules::has_live_level(book) && book.level.state != LevelState::kWaiting;
}

std::chrono::nanoseconds delay_of(const Bookkeeping& book, const OpenWait& wait, const Patience& patience) {
  if (wait.from_dialog) return patience.dialog;
  if (rules::is_startup_question(wait)) return patience.startup;
  return is_refuted(book, wait) ? patience.refute : patience.confirm;
}

/// Whether only edges tell of the session, none of which says that the person interrupted it.
bool has_edges_alone(const Bookkeeping& book) noexcept {
  return book.level.state == LevelState::kUnknown && !book.has_records && !book.tells_interruptions;
}

std::optional<std::int64_t> doubt_due(const SessionState& state, const Patience& patience) {
  const Bookkeeping& book = state.book;
  if (!state.domain.certain || book.ended) return std::nullopt;
  const OpenWait* wait = rules::foremost_wait(book);
  const bool can_end_unheard = (wait != nullptr && !rules::is_idle_prompt(*wait)) ||
                               (wait == nullptr && (state.domain.status.is_active() ||
                                                    state.domain.status.kind() == StatusKind::kBackground));
  if (!can_end_unheard || rules::stance_of_level(book.level, state) == Stance::kAgrees) return std::nullopt;
  const std::int64_t asked_ns = wait == nullptr ? 0 : wait->call.asked_ns;
  const auto doubt = has_edges_alone(book) ? patience.doubt_alone : patience.doubt;
  return std::max(book.edge_ns, asked_ns) + doubt.count();
}

/// Nobody here sees whether its process runs: what was said last is believed for a while (STATE-I11).
std::optional<std::int64_t> unseen_due(const SessionState& state, const Patience& patience) {
  if (!state.infrastructure.pid_ns || !state.domain.certain || state.book.ended) return std::nullopt;
  return state.book.news_ns + patience.unseen.count();
}

std::optional<std::int64_t> clear_due(const Bookkeeping& book, const Patience& patience) {
  if (!book.shown.over || !book.shown.announced) return std::nullopt;
  return book.shown.over_ns + patience.clear.count();
}

std::optional<std::int64_t> wait_due(const Bookkeeping& book, const Patience& patience) {
  std::optional<std::int64_t> due;
  for (const OpenWait& wait : book.waits) {
    if (is_unsettled(wait))
      due = std::min(due.value_or(INT64_MAX), wait.call.asked_ns + delay_of(book, wait, patience).count());
  }
  return due;
}

bool is_due(std::optional<std::int64_t> due, std::int64_t now_ns) {
  return due && *due <= now_ns;
}

void settle_waits(SessionState& state, const Arrival& arrival, const Patience& patience, Change& change) {
  Bookkeeping& book = state.book;
  Timestamp at{};
  bool is_any_refuted = false;
  const auto is_over = [&](OpenWait& wait) {
    const auto delay = delay_of(book, wait, patience);
    if (!is_unsettled(wait) || wait.call.asked_ns + delay.count() > arrival.awake_ns) return false;
    at = std::max(at, wait.since + delay);
    const bool refuted = is_refuted(book, wait);
    is_any_refuted = is_any_refuted || refuted;
    wait.call.confirmed = !refuted;
    return refuted;
  };
  std::vector<OpenWait> left;
  for (OpenWait& wait : book.waits) {
    if (!is_over(wait)) left.push_back(std::move(wait));
  }
  book.waits = std::move(left);
  rules::settle(state, {is_any_refuted ? "wait.refuted" : "wait.confirmed", "registry", at, arrival}, change);
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
  consider(unseen_due(state, patience));
  return next;
}

Change conclude(SessionState& state, const Arrival& arrival, const Patience& patience) {
  Change change;
  Bookkeeping& book = state.book;
  if (is_due(wait_due(book, patience), arrival.awake_ns)) settle_waits(state, arrival, patience, change);
  if (is_due(doubt_due(state, patience), arrival.awake_ns) ||
      is_due(unseen_due(state, patience), arrival.awake_ns)) {
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
