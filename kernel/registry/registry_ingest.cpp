// SPDX-License-Identifier: MIT
// What the registry does with one observation: whose it is, whether it may begin a session, and what follows
// from it for other sessions.
#include <chrono>

#include "kernel/registry/registry.hpp"

namespace atm::kernel {
namespace {

Timestamp time_of(const Observation& observation) {
  return Timestamp(std::chrono::nanoseconds(observation.time_ns()));
}

}  // namespace

atm_status Registry::ingest(const Observation& observation, std::uint32_t expect) {
  if (observation.type() == ObservationType::kOther) {
    const std::lock_guard lock(stats_mutex_);
    shared_.other_types.add(observation.type_name());
  }
  SessionEntry* entry = table_.find(observation.session());
  if (expect == ATM_EXPECT_PRESENT && entry == nullptr) return ATM_E_NOT_FOUND;
  // One that has ended is only still shown: its id is free.
  if (expect == ATM_EXPECT_ABSENT && entry != nullptr && !entry->state.book.ended) return ATM_E_EXISTS;

  const bool is_told = entry != nullptr && entry->is_binding_told && table_.pending() == 0;
  if (is_told && is_known_binding(entry->state, observation)) {
    ++counts_.observations;
    entry->heard_ns = now_ns_;
  } else if (entry != nullptr) {
    apply(*entry, observation, false);
  } else if (!creates_session(observation)) {
    ++counts_.ignored;
  } else if (!make_room()) {
    ++counts_.rejected_full;
    return ATM_E_FULL;
  } else {
    ++counts_.registered;
    apply(table_.insert(observation.session(), time_of(observation), now_ns_), observation, true);
  }
  if (observation.type() == ObservationType::kProcessExited) end_all_in(observation);
  return ATM_OK;
}

void Registry::apply(SessionEntry& entry, const Observation& observation, bool registered) {
  const std::uint64_t seq = ++seq_;
  ++counts_.observations;
  const Change change = fold(entry.state, observation, seq);
  if (observation.type() == ObservationType::kProcessBound) entry.is_binding_told = true;
  const bool is_late = entry.state.book.ended && !change.ended;
  if (!is_late) entry.heard_ns = now_ns_;
  const bool may_know_pending = observation.type() == ObservationType::kProcessBound && table_.pending() != 0;
  SessionEntry* pending = may_know_pending ? pending_of(entry) : nullptr;
  if (pending != nullptr) inherit(entry.state, pending->state);

  ++entry.state.domain.rev;
  entry.json.reset();
  analyzers_.run(entry.state, observation);
  events_.activity(seq, entry.state.domain.rev, observation);
  if (pending != nullptr) remove(*pending, "replaced");
  events_.state(++seq_, entry, registered);
  if (!change.replaced_by.empty()) go_on_as(entry, change.replaced_by, observation, seq);
}

SessionEntry* Registry::pending_of(const SessionEntry& entry) {
  const auto pid = entry.state.infrastructure.pid;
  if (!pid || entry.state.domain.id.is_pending()) return nullptr;
  SessionEntry* pending = table_.find(SessionId::pending(*pid).view());
  if (pending == nullptr) return nullptr;
  const auto& theirs = pending->state.infrastructure.process_start_ticks;
  const auto& ours = entry.state.infrastructure.process_start_ticks;
  // The pid may have been used again since.
  return theirs && ours && *theirs != *ours ? nullptr : pending;
}

void Registry::go_on_as(SessionEntry& old, std::string_view id, const Observation& observation,
                        std::uint64_t seq) {
  SessionEntry* next = table_.find(id);
  const bool is_new = next == nullptr;
  // One comes as one goes: the limit holds again before anybody can look.
  if (is_new) next = &table_.insert(id, time_of(observation), now_ns_);
  inherit(next->state, old.state);
  fold(next->state, observation, seq);
  next->heard_ns = now_ns_;
  remove(old, "replaced");
  if (is_new) ++counts_.registered;
  analyzers_.run(next->state, observation);
  revise(*next, is_new);
}

void Registry::end_all_in(const Observation& exited) {
  const auto is_there = [&exited](const SessionEntry& entry) {
    return runs_in(entry.state.infrastructure, exited);
  };
  for (SessionEntry* entry : table_.in_order(is_there)) {
    end(*entry, "process_exited", {exited.type_name(), time_of(exited), seq_ + 1});
  }
}

void Registry::revise(SessionEntry& entry, bool registered) {
  ++entry.state.domain.rev;
  entry.json.reset();
  events_.state(++seq_, entry, registered);
}

void Registry::end(SessionEntry& entry, std::string_view reason, const Verdict& verdict) {
  if (!end_session(entry.state, reason, verdict)) return;
  entry.heard_ns = now_ns_;
  revise(entry);
}

void Registry::remove(SessionEntry& entry, std::string_view reason) {
  ++entry.state.domain.rev;
  ++counts_.removed;
  events_.removed(++seq_, entry, reason);
  // The id is the entry's own: what erases it must not read it any more afterwards.
  table_.erase(entry.state.domain.id.view());
}

}  // namespace atm::kernel
