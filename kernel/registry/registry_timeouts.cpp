// SPDX-License-Identifier: MIT
// Changes that the registry makes itself: timeouts, and the start and end of announced attention.
#include <array>

#include "kernel/registry/registry.hpp"

namespace atm::kernel {

void Registry::run_due_timeouts() {
  while (SessionEntry* entry = deadlines_.take(now_ns_)) run_timeouts_of(*entry);
}

void Registry::run_timeouts_of(SessionEntry& entry) {
  const auto due = next_timeout(entry.state, options_.timeouts);
  if (due && *due <= now_ns_) journal_.timed_out(entry.state.domain.id.view(), {seq_, now_ns_});
  const Change change = run_timeouts(entry.state, {seq_ + 1, now_ns_}, options_.timeouts);
  if (change.shown) revise(entry);
  follow_up(entry, change, entry.state.domain.status_since);
}

void Registry::follow_up(SessionEntry& entry, const Change& change, Timestamp at) {
  if (change.cleared) announce(entry, "attention.cleared", *change.cleared, at);
  if (change.raised) announce(entry, "attention.raised", entry.state.domain.attention->reason, at);
  deadlines_.plan(entry, next_timeout(entry.state, options_.timeouts));
}

void Registry::announce(SessionEntry& entry, std::string_view type, std::string_view reason, Timestamp at) {
  const SessionDomain& domain = entry.state.domain;
  const std::uint64_t seq = ++seq_;
  if (!bus_.concerns_anybody({ATM_EVENT_ACTIVITY, domain.id.view(), type})) return;
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

}  // namespace atm::kernel
