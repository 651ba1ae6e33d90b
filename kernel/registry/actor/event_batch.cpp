// SPDX-License-Identifier: MIT
#include "kernel/registry/actor/event_batch.hpp"

#include <utility>

namespace atm::kernel {

EventBatch::Slot& EventBatch::append(std::uint32_t kind, std::uint64_t seq, std::uint64_t rev,
                                     std::string_view session) {
  auto event = std::make_shared<Event>();
  event->kind = kind;
  event->seq = seq;
  event->rev = rev;
  event->session = session;
  slots_.push_back({std::move(event), nullptr});
  return slots_.back();
}

bool EventBatch::wants_activity(std::string_view session, std::string_view type) const {
  return bus_.concerns_anybody({ATM_EVENT_ACTIVITY, session, type});
}

void EventBatch::activity(std::uint64_t seq, std::uint64_t rev, const Observation& observation) {
  if (!wants_activity(observation.session(), observation.type_name())) return;
  Event& event = *append(ATM_EVENT_ACTIVITY, seq, rev, observation.session()).event;
  event.type = observation.type_name();
  if (bus_.wants_json(event.subject())) {
    event.json = std::make_shared<const std::string>(encoder_.observation(observation.view()));
  }
}

void EventBatch::state(std::uint64_t seq, SessionEntry& entry, bool registered) {
  const SessionDomain& domain = entry.state.domain;
  if (!bus_.concerns_anybody({ATM_EVENT_SESSION_UPDATED, domain.id.view(), {}})) return;
  if (entry.pending != SessionEntry::kNotPending) {
    // Nothing else in the batch reads the older event, so it moves to the newer place.
    Slot& older = slots_[entry.pending];
    Slot moved{std::exchange(older.event, nullptr), std::exchange(older.entry, nullptr)};
    moved.event->seq = seq;
    moved.event->rev = domain.rev;
    slots_.push_back(std::move(moved));
  } else {
    const std::uint32_t kind = registered ? ATM_EVENT_SESSION_REGISTERED : ATM_EVENT_SESSION_UPDATED;
    append(kind, seq, domain.rev, domain.id.view()).entry = &entry;
  }
  entry.pending = slots_.size() - 1;
}

void EventBatch::removed(std::uint64_t seq, SessionEntry& entry, std::string_view reason) {
  if (entry.pending != SessionEntry::kNotPending) {
    slots_[entry.pending] = {};
    entry.pending = SessionEntry::kNotPending;
  }
  const SessionDomain& domain = entry.state.domain;
  if (!bus_.concerns_anybody({ATM_EVENT_SESSION_REMOVED, domain.id.view(), reason})) return;
  append(ATM_EVENT_SESSION_REMOVED, seq, domain.rev, domain.id.view()).event->type = reason;
}

void EventBatch::publish() {
  if (slots_.empty()) return;
  ready_.clear();
  for (Slot& slot : slots_) {
    if (slot.event == nullptr) continue;
    if (slot.entry != nullptr) {
      slot.entry->pending = SessionEntry::kNotPending;
      if (bus_.wants_json(slot.event->subject())) slot.event->json = json_of(*slot.entry);
    }
    ready_.push_back(std::move(slot.event));
  }
  slots_.clear();
  bus_.publish(ready_);
  ready_.clear();
}

const std::shared_ptr<const std::string>& EventBatch::json_of(SessionEntry& entry) {
  if (entry.json == nullptr) {
    const SessionState& state = entry.state;
    entry.json = std::make_shared<const std::string>(encoder_.session(state.domain, state.runtime));
  }
  return entry.json;
}

}  // namespace atm::kernel
