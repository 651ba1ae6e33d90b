// SPDX-License-Identifier: MIT
// The handling of one observation: its session, whether it creates one, and its effects on other sessions.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

#include "kernel/registry/fold_rules.hpp"
#include "kernel/registry/registry.hpp"

namespace atm::kernel {
namespace {

Timestamp time_of(const Observation& observation) {
  return Timestamp(std::chrono::nanoseconds(observation.time_ns()));
}

/// Converts an observation that was delayed by its paused parser into transcript evidence. Returns nothing if its
/// session has no newer evidence.
std::optional<Observation> overtaken(const SessionState& state, const Observation& observation) {
  if (!observation.flag(Key::kLate) || observation.flag(Key::kRecorded)) return std::nullopt;
  if (elapsed(time_of(observation), state.domain.last_activity) <= rules::kSwapWindow) return std::nullopt;
  atm_observation view = observation.view();
  std::vector<atm_attr> attrs(view.attrs, view.attrs + view.attr_count);
  for (std::size_t i = 0; i < attrs.size(); ++i) {
    if (observation.key(i) == Key::kLate) attrs[i].key = str_of("recorded");
  }
  view.attrs = attrs.data();
  return Observation::copy(view).value();
}

std::optional<std::uint64_t> start_of(const Observation& observation) {
  const auto ticks = observation.integer(Key::kStartTicks);
  return ticks ? std::optional(static_cast<std::uint64_t>(*ticks)) : std::nullopt;
}

}  // namespace

atm_status Registry::ingest(const Observation& observation, std::uint32_t expect,
                            const std::optional<ProcessKey>& from) {
  SessionEntry* entry = table_.find(observation.session());
  if (entry != nullptr) {
    if (auto record = overtaken(entry->state, observation))
      return ingest(converted_.emplace_back(std::move(*record)), expect, from);
  }
  if (observation.type() == ObservationType::kOther) count_type(observation);
  if (expect == ATM_EXPECT_PRESENT && entry == nullptr) return ATM_E_NOT_FOUND;
  // The id of an ended session is free.
  if (expect == ATM_EXPECT_ABSENT && entry != nullptr && !entry->state.fold_state.ended) return ATM_E_EXISTS;

  atm_status status = ATM_OK;
  const Arrival before{seq_, now_ns_};
  if (entry == nullptr) {
    journal_.observed(observation, before, from);
    status = begin_session(observation, expect, from);
  } else if (!replay_.is_on && is_already_known(*entry, observation)) {
    journal_.repeated(observation, before);
    ++counts_.observations;
    if (!entry->state.fold_state.ended) entry->heard_ns = now_ns_;
  } else {
    journal_.observed(observation, before, from);
    apply(*entry, observation, false, from);
  }
  if (observation.type() == ObservationType::kProcessExited) end_all_in(observation);
  return status;
}

void Registry::count_type(const Observation& observation) {
  const std::lock_guard lock(stats_mutex_);
  shared_.other_types.add(observation.type_name());
  if (!observation.flag(Key::kUnknown)) return;
  const std::string_view version = observation.text(Key::kVersion);
  std::string name(observation.type_name());
  shared_.unknown_events.add(version.empty() ? name : name.append(1, ' ').append(version));
}

bool Registry::is_already_known(const SessionEntry& entry, const Observation& observation) {
  if (!is_redundant(entry.state, observation)) return false;
  if (observation.type() != ObservationType::kProcessBound) return true;
  // An inherited process has no observation yet; a pending session may be found by it.
  const auto& pid = entry.state.runtime.pid;
  const bool is_pending_there = table_.pending() != 0 && pid && !entry.state.runtime.pid_ns &&
                                table_.find(SessionId::pending(*pid).view()) != nullptr;
  return entry.has_announced_binding && !is_pending_there;
}

atm_status Registry::begin_session(const Observation& observation, std::uint32_t expect,
                                   const std::optional<ProcessKey>& from) {
  const bool is_late_arrival = !replaced_.empty() && replaced_.is_late_arrival(observation, now_ns_);
  if (is_late_arrival || !creates_session(observation)) {
    ++counts_.ignored;
    return ATM_OK;
  }
  if (is_known_by_process(observation)) {
    ++counts_.ignored;
    return expect == ATM_EXPECT_ABSENT ? ATM_E_EXISTS : ATM_OK;
  }
  if (!make_room()) {
    ++counts_.rejected_full;
    return ATM_E_FULL;
  }
  ++counts_.registered;
  SessionEntry& entry = table_.insert(observation.session(), time_of(observation), now_ns_);
  if (auto where = replaced_.restore(observation.session())) {
    entry.state.runtime = std::move(*where);
    entry.state.fold_state.sole = true;
    table_.index(entry);
  }
  apply(entry, observation, true, from);
  return ATM_OK;
}

bool Registry::is_known_by_process(const Observation& observation) {
  const SessionId id{std::string(observation.session())};
  const auto pid = id.pending_pid();
  if (!pid) return false;
  const auto there = table_.in_process(*pid, start_of(observation));
  return std::any_of(there.begin(), there.end(),
                     [](const SessionEntry* entry) { return !entry->state.fold_state.ended; });
}

void Registry::verify_before(SessionEntry& entry, const Observation& bound) {
  SessionRuntime& where = entry.state.runtime;
  const auto process = process_in(bound);
  if (!process || !where.pid || rules::is_in(where, *process)) return;
  if (replay_.is_on ? replay_.learnt.empty() : !verify_) return;
  const Liveness liveness = ask(verify_, where);
  journal_.learnt(letter_of(liveness));
  where.verified = liveness == Liveness::kAlive || liveness == Liveness::kStopped;
}

void Registry::apply(SessionEntry& entry, const Observation& observation, bool registered,
                     const std::optional<ProcessKey>& from) {
  const std::uint64_t seq = ++seq_;
  ++counts_.observations;
  const bool is_binding = observation.type() == ObservationType::kProcessBound;
  if (is_binding) verify_before(entry, observation);
  const Change change = fold(entry.state, observation, {seq, now_ns_}, from);
  if (is_binding) entry.has_announced_binding = true;
  table_.index(entry);
  const bool is_late = entry.state.fold_state.ended && !change.ended;
  if (!is_late && observation.type() != ObservationType::kAttentionAcknowledged) entry.heard_ns = now_ns_;
  std::vector<SessionEntry*> replaced;
  if (is_binding || registered) replaced = replaced_in_process(entry);
  for (const SessionEntry* other : replaced) inherit(entry.state, other->state);

  ++entry.state.domain.rev;
  entry.json.reset();
  derive_facts(entry, observation);
  events_.activity(seq, entry.state.domain.rev, observation);
  for (SessionEntry* other : replaced) retire(*other, observation);
  events_.state(++seq_, entry, registered);
  follow_up(entry, change, time_of(observation));
  if (!change.replaced_by.empty()) return continue_as(entry, change.replaced_by, observation, seq);
  // Nothing but its end is known of this session.
  if (!change.ended) return;
  const bool is_end = observation.type() == ObservationType::kSessionEnded;
  if (entry.state.domain.id.is_pending()) return remove(entry, is_end ? "ended" : "process_exited");
  if (is_end && entry.state.fold_state.only_bound) remove(entry, "ended");
}

std::vector<SessionEntry*> Registry::replaced_in_process(const SessionEntry& entry) {
  const SessionRuntime& where = entry.state.runtime;
  if (!where.pid || entry.state.domain.id.is_pending()) return {};
  const bool is_sole = entry.state.fold_state.sole;
  if (!is_sole && table_.pending() == 0) return {};
  auto others = table_.in_process(*where.pid, where.process_start_ticks, where.pid_ns);
  std::erase_if(others, [&](const SessionEntry* other) {
    return other == &entry || !(is_sole || other->state.domain.id.is_pending());
  });
  // A session found by its process may have no other data than its id.
  SessionEntry* pending =
      table_.pending() == 0 || where.pid_ns ? nullptr : table_.find(SessionId::pending(*where.pid).view());
  if (pending != nullptr && !pending->state.runtime.pid) others.push_back(pending);
  return others;
}

void Registry::retire(SessionEntry& entry, const Observation& observation) {
  const SessionDomain& domain = entry.state.domain;
  const auto process = process_in(observation);
  if (!entry.state.others.empty() && process) {
    leave(entry, *process, {observation.type_name(), time_of(observation), {seq_ + 1, now_ns_}});
    return;
  }
  if (!domain.id.is_pending())
    replaced_.add(domain.id.view(), entry.state.runtime, time_of(observation), now_ns_);
  remove(entry, "replaced");
}

void Registry::continue_as(SessionEntry& old, std::string_view id, const Observation& observation,
                           std::uint64_t seq) {
  SessionEntry* next = table_.find(id);
  const bool is_new = next == nullptr;
  // Removes a session for each new one, so that the limit always holds for readers.
  if (is_new) next = &table_.insert(id, time_of(observation), now_ns_);
  inherit(next->state, old.state);
  table_.index(*next);
  const Change change = fold(next->state, observation, {seq, now_ns_});
  next->heard_ns = now_ns_;
  remove(old, "replaced");
  if (is_new) ++counts_.registered;
  derive_facts(*next, observation);
  revise(*next, is_new);
  follow_up(*next, change, time_of(observation));
}

void Registry::end_all_in(const Observation& exited) {
  const auto pid = exited.integer(Key::kPid);
  if (!pid) return;
  for (SessionEntry* entry : table_.in_process(*pid, start_of(exited))) {
    leave(*entry, {*pid, start_of(exited)}, {exited.type_name(), time_of(exited), {seq_ + 1, now_ns_}});
  }
}

void Registry::derive_facts(SessionEntry& entry, const Observation& observation) {
  if (replay_.is_on) return;  // the facts are stored
  journal_.facts(entry.state.domain.id.view(), {seq_, now_ns_}, analyzers_.run(entry.state, observation));
}

void Registry::revise(SessionEntry& entry, bool registered) {
  ++entry.state.domain.rev;
  entry.json.reset();
  events_.state(++seq_, entry, registered);
}

bool Registry::leave(SessionEntry& entry, const ProcessKey& process, const Inference& inference) {
  const Change change = end_process(entry.state, process, "process_exited", inference);
  if (!change.ended && !change.shown) return true;
  if (change.ended && entry.state.domain.id.is_pending()) {
    if (change.cleared) announce(entry, "attention.cleared", *change.cleared, inference.at);
    remove(entry, "process_exited");
    return false;
  }
  table_.index(entry);
  entry.heard_ns = now_ns_;
  revise(entry);
  follow_up(entry, change, inference.at);
  return true;
}

void Registry::remove(SessionEntry& entry, std::string_view reason) {
  const ShownAttention& shown = entry.state.fold_state.shown;
  if (shown.announced) announce(entry, "attention.cleared", shown.reason, entry.state.domain.last_activity);
  ++entry.state.domain.rev;
  ++counts_.removed;
  events_.removed(++seq_, entry, reason);
  deadlines_.forget(entry);
  // The entry owns the id: erase() must not read it after the erasure.
  table_.erase(entry.state.domain.id.view());
}

}  // namespace atm::kernel
