// SPDX-License-Identifier: MIT
#include "kernel/registry/session_changes.hpp"

#include <array>
#include <cstddef>

#include "kernel/model/observation.hpp"

namespace atm::kernel {

void SessionChanges::revise(SessionEntry& entry, bool registered) {
  ++entry.state.domain.rev;
  entry.json.reset();
  events_.state(++state_.seq, entry, registered);
}

void SessionChanges::follow_up(SessionEntry& entry, const Change& change, Timestamp at) {
  if (change.cleared) announce(entry, "attention.cleared", *change.cleared, at);
  if (change.raised) announce(entry, "attention.raised", entry.state.domain.attention->reason, at);
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
