// SPDX-License-Identifier: MIT
// Calls for the person: one is raised with its question or failure, announced once it is confirmed, and goes
// on when it comes back at once.
#include <utility>

#include "kernel/registry/fold_rules.hpp"

namespace atm::kernel::rules {
namespace {

/// What the session shows now, borrowed.
struct Current {
  Call* call = nullptr;
  std::string_view reason{};
  std::string_view detail{};
};

Current current_call(SessionState& state) noexcept {
  Bookkeeping& book = state.book;
  if (!state.domain.status.needs_attention()) return {};
  if (state.domain.status.kind() == StatusKind::kError) return {&book.error, "error", book.error_kind};
  OpenWait& wait = book.waits[static_cast<std::size_t>(foremost_wait(book) - book.waits.data())];
  return {&wait.call, wait.reason, wait.tool_use_id.empty() ? wait.tool : wait.tool_use_id};
}

bool is_open(const Bookkeeping& book, std::uint32_t number) noexcept {
  if (book.turn == Turn::kFailed && book.error.number == number) return true;
  for (const OpenWait& wait : book.waits) {
    if (wait.call.number == number) return true;
  }
  return false;
}

/// Where one of them does not say what it is about, they may be the same.
bool is_same(const ShownCall& shown, std::string_view reason, std::string_view detail) noexcept {
  return shown.reason == reason && (shown.detail == detail || shown.detail.empty() || detail.empty());
}

void show(SessionDomain& domain, const Current& current, Change& change) {
  Attention next{std::string(current.reason), current.call->since, current.call->acknowledged,
                 current.call->confirmed};
  if (domain.attention == next) return;
  domain.attention = std::move(next);
  change.shown = true;
}

/// The call that was shown is shown no more.
void let_go(ShownCall& shown, bool for_good, const Arrival& arrival, Change& change) {
  if (!std::exchange(shown.over, true)) shown.over_ns = arrival.awake_ns;
  if (shown.announced && for_good) {
    change.cleared = shown.reason;
    shown.announced = false;
  }
}

}  // namespace

Call raise_call(Bookkeeping& book, std::string_view reason, std::string_view detail, const Arrival& arrival,
                Timestamp at) {
  const ShownCall& last = book.shown;
  const bool is_recent =
      !last.over || arrival.awake_ns - last.over_ns <= std::chrono::nanoseconds(kSameCall).count();
  if (last.call.number != 0 && !last.answered && is_recent && is_same(last, reason, detail) &&
      !is_open(book, last.call.number)) {
    return last.call;
  }
  return {++book.calls, at, arrival.awake_ns, false, false};
}

void attention_acknowledged(Step& step) {
  step.state.domain.finished = false;
  step.book().finish_pending = false;
  const Current current = current_call(step.state);
  if (current.call != nullptr) current.call->acknowledged = true;
}

void person_came(Step& step) noexcept {
  if (step.is_before_level()) return;
  for (OpenWait& wait : step.book().waits) {
    if (!step.is_recorded() || wait.since < step.at) wait.call.acknowledged = true;
  }
  step.book().shown.answered = true;
}

void settle_attention(SessionState& state, const Arrival& arrival, Change& change) {
  SessionDomain& domain = state.domain;
  ShownCall& shown = state.book.shown;
  const Current current = current_call(state);
  if (current.call == nullptr) {
    if (domain.attention) {
      domain.attention.reset();
      change.shown = true;
    }
    const bool for_good = shown.answered || domain.status.is_removable();
    if (shown.call.number != 0 && (!shown.over || for_good)) let_go(shown, for_good, arrival, change);
    return;
  }
  if (shown.call.number != current.call->number) {
    let_go(shown, true, arrival, change);
    shown.announced = false;
    shown.answered = false;
  }
  shown.call = *current.call;
  shown.over = false;
  assign(shown.reason, current.reason);
  assign(shown.detail, current.detail);
  show(domain, current, change);
  if (shown.announced || !current.call->confirmed || current.call->acknowledged) return;
  shown.announced = true;
  change.raised = true;
}

}  // namespace atm::kernel::rules
