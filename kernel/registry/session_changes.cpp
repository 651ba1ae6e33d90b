// SPDX-License-Identifier: MIT
#include "kernel/registry/session_changes.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "kernel/model/observation.hpp"

namespace atm::kernel {

void SessionChanges::revise(SessionEntry& entry, bool registered) {
  ++entry.state.domain.rev;
  entry.json.reset();
  events_.state(++state_.seq, entry, registered);
}

std::vector<SessionEntry*> SessionChanges::ancestors_of(const SessionEntry& entry) {
  constexpr std::size_t kMost = 4;
  std::vector<SessionEntry*> all;
  const SessionEntry* child = &entry;
  while (child->state.domain.parent && all.size() < kMost) {
    SessionEntry* parent = state_.table.find(child->state.domain.parent->view());
    const bool is_cycle = parent == &entry || std::find(all.begin(), all.end(), parent) != all.end();
    if (parent == nullptr || is_cycle || parent->state.fold_state.ended) break;
    all.push_back(parent);
    child = parent;
  }
  return all;
}

void SessionChanges::tell_ancestors(const SessionEntry& entry, Timestamp at, bool is_gone) {
  if (!entry.state.domain.parent) return;
  const bool asks = !is_gone && asks_itself(entry.state);
  for (SessionEntry* ancestor : ancestors_of(entry)) {
    const Change change = mirror_wait(ancestor->state, entry.state, is_gone,
                                      {asks ? "child.waits" : "child.continued", at, state_.next()});
    if (!change.shown) continue;
    revise(*ancestor);
    follow_up(*ancestor, change, at);
  }
}

void SessionChanges::acknowledge_child(const SessionEntry& entry, Timestamp at) {
  const std::string_view asking = asking_child(entry.state);
  SessionEntry* const child = asking.empty() ? nullptr : state_.table.find(asking);
  if (child == nullptr) return;
  const Change change = acknowledge_own_wait(child->state, {"attention.acknowledged", at, state_.next()});
  if (!change.shown) return;
  revise(*child);
  follow_up(*child, change, at);
}

void SessionChanges::follow_up(SessionEntry& entry, const Change& change, Timestamp at) {
  if (change.cleared) announce(entry, "attention.cleared", *change.cleared, at);
  tell_ancestors(entry, at, false);
  // One question raises one alert: that of the session above all others.
  ShownAttention& shown = entry.state.fold_state.shown;
  if (change.raised && shows_question(entry.state) && !ancestors_of(entry).empty()) {
    shown.announced = false;
  } else if (change.raised) {
    announce(entry, "attention.raised", entry.state.domain.attention->reason, at);
  }
  plan(entry);
}

void SessionChanges::plan(SessionEntry& entry) {
  state_.deadlines.plan(entry,
                        next_timeout(entry.state, options_.timeouts, state_.capabilities_of(entry.state)));
}

void SessionChanges::announce(SessionEntry& entry, std::string_view type, std::string_view reason,
                              Timestamp at) {
  const SessionDomain& domain = entry.state.domain;
  const std::uint64_t seq = ++state_.seq;
  if (!events_.wants_activity(domain.id.view(), type)) return;
  std::array<atm_attr, 2> attrs{};
  const auto text = [](std::string_view key, std::string_view value) {
    atm_attr attr{str_of(key), {ATM_VALUE_STR, 0, {0}}};
    attr.value.as.s = str_of(value);
    return attr;
  };
  std::size_t count = 0;
  attrs[count++] = text("reason", reason);
  const auto tool = domain.status.tool_name();
  if (type == "attention.raised" && tool) attrs[count++] = text("tool", *tool);
  atm_observation raw{};
  raw.size = sizeof raw;
  raw.time_ns = at.time_since_epoch().count();
  raw.type = str_of(type);
  raw.session = str_of(domain.id.view());
  raw.agent = str_of(domain.agent);
  raw.origin = str_of("registry");
  raw.attrs = attrs.data();
  raw.attr_count = count;
  if (const auto observation = Observation::copy(raw)) events_.activity(seq, domain.rev, observation.value());
}

bool SessionChanges::leave(SessionEntry& entry, const ProcessKey& process, const Inference& inference) {
  const Change change = end_process(entry.state, process, "process_exited", inference);
  if (!change.ended && !change.shown) return true;
  if (change.ended && entry.state.domain.id.is_pending()) {
    if (change.cleared) announce(entry, "attention.cleared", *change.cleared, inference.at);
    remove(entry, "process_exited");
    return false;
  }
  state_.table.index(entry);
  entry.heard_ns = state_.now_ns;
  revise(entry);
  follow_up(entry, change, inference.at);
  return true;
}

void SessionChanges::remove(SessionEntry& entry, std::string_view reason) {
  tell_ancestors(entry, entry.state.domain.last_activity, true);
  const ShownAttention& shown = entry.state.fold_state.shown;
  if (shown.announced) announce(entry, "attention.cleared", shown.reason, entry.state.domain.last_activity);
  ++entry.state.domain.rev;
  ++state_.counts.removed;
  events_.removed(++state_.seq, entry, reason);
  state_.deadlines.forget(entry);
  // The entry owns the id: erase() must not read it after the erasure.
  state_.table.erase(entry.state.domain.id.view());
}

bool SessionChanges::make_room() {
  if (!state_.table.is_full()) return true;
  SessionEntry* spare = state_.table.evictable(state_.now_ns, options_.stale_after.count());
  if (spare == nullptr) return false;
  ++state_.counts.evicted;
  remove(*spare, "evicted");
  return true;
}

}  // namespace atm::kernel
