// SPDX-License-Identifier: MIT
#include "kernel/registry/replayed_registry.hpp"

#include <atm/json.hpp>
#include <atm/protocol/session_writer.hpp>
#include <utility>

namespace atm::kernel {
namespace {

ReplayedRegistry::Event event_of(std::uint32_t kind, std::uint64_t seq, const SessionEntry& entry) {
  json::Buffer buffer;
  json::Writer writer(buffer);
  protocol::write_session(writer, entry.state.domain, entry.state.runtime);
  return {kind, seq, entry.state.domain.rev, entry.state.domain.id.str(), std::string(json::text_of(buffer))};
}

}  // namespace

void ReplayedRegistry::clear() {
  changes_.clear();
  EventOutput& events = *this;
  registry_ = std::make_unique<Registry>(options_, analyzers_, journal_, events);
}

bool ReplayedRegistry::restore(std::string_view checkpoint) {
  auto before = std::exchange(registry_, nullptr);
  clear();
  BoundedCounters dropped_busy;
  if (registry_->restore(checkpoint, dropped_busy)) return true;
  registry_ = std::move(before);
  return false;
}

std::vector<ReplayedRegistry::Event> ReplayedRegistry::take_events() {
  std::vector<Event> events;
  for (Change& change : std::exchange(changes_, {})) {
    if (change.entry != nullptr) {
      const std::uint32_t kind = change.is_new ? ATM_EVENT_SESSION_REGISTERED : ATM_EVENT_SESSION_UPDATED;
      events.push_back(event_of(kind, change.seq, *change.entry));
    } else if (change.removed.kind != 0) {
      events.push_back(std::move(change.removed));
    }
  }
  return events;
}

std::vector<ReplayedRegistry::Event> ReplayedRegistry::snapshot() {
  std::vector<Event> events;
  for (const SessionEntry* entry : registry_->sessions())
    events.push_back(event_of(ATM_EVENT_SNAPSHOT_ITEM, seq(), *entry));
  return events;
}

void ReplayedRegistry::state(std::uint64_t seq, SessionEntry& entry, bool registered) {
  const bool is_new = withdraw(entry) || registered;
  changes_.push_back({seq, &entry, is_new});
}

void ReplayedRegistry::removed(std::uint64_t seq, SessionEntry& entry, std::string_view reason) {
  withdraw(entry);
  const auto& domain = entry.state.domain;
  changes_.push_back({seq,
                      nullptr,
                      false,
                      {ATM_EVENT_SESSION_REMOVED, seq, domain.rev, domain.id.str(), std::string(reason)}});
}

bool ReplayedRegistry::withdraw(const SessionEntry& entry) {
  bool is_new = false;
  for (Change& change : changes_) {
    if (change.entry != &entry) continue;
    is_new = is_new || change.is_new;
    change.entry = nullptr;
  }
  return is_new;
}

}  // namespace atm::kernel
