// SPDX-License-Identifier: MIT
// The wait of a child session is a wait of its parent, too (STATE-B7).
#include <algorithm>
#include <utility>

#include "kernel/registry/fold/fold_rules.hpp"

namespace atm::kernel {
namespace {

/// The question that the child itself asks.
const OpenWait* own_wait(const SessionState& child) noexcept {
  const FoldState& fold_state = child.fold_state;
  if (fold_state.ended || fold_state.stale) return nullptr;
  const auto found = std::find_if(fold_state.waits.begin(), fold_state.waits.end(), [](const OpenWait& wait) {
    return !wait.of_child && !rules::is_idle_prompt(wait);
  });
  return found == fold_state.waits.end() ? nullptr : &*found;
}

/// The parent's copy: its actor is the child, and the child decides what confirms it and whether it is certain.
OpenWait copy_of(const OpenWait& wait, const SessionState& child) {
  OpenWait copy;
  copy.actor = child.domain.id.view();
  copy.reason = wait.reason;
  copy.kind = wait.kind;
  copy.tool = wait.tool;
  copy.tool_use_id = wait.tool_use_id;
  copy.since = wait.since;
  copy.asked_at = wait.asked_at;
  copy.from_dialog = !child.domain.certain;
  copy.of_child = true;
  return copy;
}

}  // namespace

Change mirror_wait(SessionState& parent, const SessionState& child, bool is_gone,
                   const Inference& inference) {
  Change change;
  FoldState& fold_state = parent.fold_state;
  if (fold_state.ended) return change;
  const OpenWait* wait = is_gone ? nullptr : own_wait(child);
  auto& waits = fold_state.waits;
  const auto known = std::find_if(waits.begin(), waits.end(), [&child](const OpenWait& open) {
    return open.of_child && open.actor == child.domain.id.view();
  });
  if (wait == nullptr) {
    if (known == waits.end()) return change;
    waits.erase(known);
  } else {
    OpenWait copy = copy_of(*wait, child);
    const bool is_same = known != waits.end() && known->since == copy.since && known->tool == copy.tool &&
                         known->reason == copy.reason;
    copy.attention = is_same ? known->attention
                             : rules::raise_attention(fold_state, copy.reason,
                                                      copy.tool_use_id.empty() ? copy.tool : copy.tool_use_id,
                                                      inference.arrival, copy.since);
    copy.attention.confirmed = copy.attention.confirmed || wait->attention.confirmed;
    copy.attention.acknowledged = copy.attention.acknowledged || wait->attention.acknowledged;
    if (is_same && *known == copy) return change;
    if (known != waits.end()) {
      *known = std::move(copy);
    } else {
      if (waits.size() == rules::kMaxOpenWaits) waits.erase(waits.begin());
      waits.push_back(std::move(copy));
    }
  }
  rules::settle(parent, {inference.type, "registry", inference.at, inference.arrival}, change);
  change.shown = true;
  return change;
}

bool asks_itself(const SessionState& child) noexcept {
  return own_wait(child) != nullptr;
}

std::string_view asking_child(const SessionState& parent) noexcept {
  if (parent.domain.status.kind() == StatusKind::kError) return {};
  const OpenWait* wait = rules::oldest_wait(parent.fold_state);
  return wait != nullptr && wait->of_child ? std::string_view(wait->actor) : std::string_view();
}

Change acknowledge_own_wait(SessionState& child, const Inference& inference) {
  Change change;
  const OpenWait* const asked = own_wait(child);
  if (asked == nullptr) return change;
  child.fold_state.waits[static_cast<std::size_t>(asked - child.fold_state.waits.data())]
      .attention.acknowledged = true;
  rules::settle(child, {inference.type, "registry", inference.at, inference.arrival}, change);
  return change;
}

bool shows_question(const SessionState& state) noexcept {
  const OpenWait* wait = rules::oldest_wait(state.fold_state);
  return wait != nullptr && !rules::is_idle_prompt(*wait);
}

}  // namespace atm::kernel
