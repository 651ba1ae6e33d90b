// SPDX-License-Identifier: MIT
// Attention is raised with its wait or error, announced once it is confirmed, and continues if it returns at once.
#include <utility>

#include "kernel/registry/fold/fold_rules.hpp"

namespace atm::kernel::rules {
namespace {

/// The attention that the session must show now, borrowed.
struct Current {
  AttentionState* attention = nullptr;
  std::string_view reason{};
  std::string_view detail{};
};

Current current_attention(SessionState& state) noexcept {
  FoldState& fold_state = state.fold_state;
  if (!state.domain.status.needs_attention()) return {};
  if (state.domain.status.kind() == StatusKind::kError)
    return {&fold_state.error, "error", fold_state.error_kind};
  OpenWait& wait =
      fold_state.waits[static_cast<std::size_t>(oldest_wait(fold_state) - fold_state.waits.data())];
  return {&wait.attention, wait.reason, wait.tool_use_id.empty() ? wait.tool : wait.tool_use_id};
}

bool is_open(const FoldState& fold_state, std::uint32_t number) noexcept {
  if (fold_state.turn == Turn::kFailed && fold_state.error.number == number) return true;
  for (const OpenWait& wait : fold_state.waits) {
    if (wait.attention.number == number) return true;
  }
  return false;
}

/// Two attentions may be the same if one of them does not name its subject.
bool is_same(const ShownAttention& shown, std::string_view reason, std::string_view detail) noexcept {
  return shown.reason == reason && (shown.detail == detail || shown.detail.empty() || detail.empty());
}

void show(SessionDomain& domain, const Current& current, Change& change) {
  Attention next{std::string(current.reason), current.attention->since, current.attention->acknowledged,
                 current.attention->confirmed};
  if (domain.attention == next) return;
  domain.attention = std::move(next);
  change.shown = true;
}

/// Stops showing the shown attention.
void retire(ShownAttention& shown, bool for_good, const Arrival& arrival, Change& change) {
  if (!std::exchange(shown.over, true)) shown.over_ns = arrival.awake_ns;
  if (shown.announced && for_good) {
    change.cleared = shown.reason;
    shown.announced = false;
  }
}

}  // namespace

AttentionState raise_attention(FoldState& fold_state, std::string_view reason, std::string_view detail,
                               const Arrival& arrival, Timestamp at) {
  const ShownAttention& last = fold_state.shown;
  const bool is_recent =
      !last.over || arrival.awake_ns - last.over_ns <= std::chrono::nanoseconds(kSameAttention).count();
  if (last.attention.number != 0 && !last.answered && is_recent && is_same(last, reason, detail) &&
      !is_open(fold_state, last.attention.number)) {
    return last.attention;
  }
  return {++fold_state.attention_count, at, arrival.awake_ns, false, false};
}

void attention_acknowledged(Step& step) {
  step.state.domain.finished = false;
  step.fold_state().finish_pending = false;
  const Current current = current_attention(step.state);
  if (current.attention != nullptr) current.attention->acknowledged = true;
}

void on_user_activity(Step& step) noexcept {
  if (step.is_before_level()) return;
  for (OpenWait& wait : step.fold_state().waits) {
    if (!step.is_recorded() || wait.since < step.at) wait.attention.acknowledged = true;
  }
  step.fold_state().shown.answered = true;
}

void settle_attention(SessionState& state, const Arrival& arrival, Change& change) {
  SessionDomain& domain = state.domain;
  ShownAttention& shown = state.fold_state.shown;
  const Current current = current_attention(state);
  if (current.attention == nullptr) {
    if (domain.attention) {
      domain.attention.reset();
      change.shown = true;
    }
    const bool for_good = shown.answered || domain.status.is_removable();
    if (shown.attention.number != 0 && (!shown.over || for_good)) retire(shown, for_good, arrival, change);
    return;
  }
  if (shown.attention.number != current.attention->number) {
    retire(shown, true, arrival, change);
    shown.announced = false;
    shown.answered = false;
  }
  shown.attention = *current.attention;
  shown.over = false;
  assign(shown.reason, current.reason);
  assign(shown.detail, current.detail);
  show(domain, current, change);
  if (shown.announced || !current.attention->confirmed || current.attention->acknowledged) return;
  shown.announced = true;
  change.raised = true;
}

}  // namespace atm::kernel::rules
