// SPDX-License-Identifier: MIT
#include "kernel/registry/ingestion.hpp"

#include <atm/host/ingest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>
#include <utility>

#include "kernel/registry/fold/fold_rules.hpp"

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

atm_status Ingestion::ingest(const Observation& observation, std::uint32_t expect,
                             const std::optional<ProcessKey>& from) {
  SessionEntry* entry = state_.table.find(observation.session());
  if (entry != nullptr) {
    if (auto record = overtaken(entry->state, observation))
      return ingest(journal_.is_on() ? journal_.keep(std::move(*record)) : *record, expect, from);
  }
  if (observation.type() == ObservationType::kOther) count_type(observation);
  if (expect == ATM_EXPECT_PRESENT && entry == nullptr) return ATM_E_NOT_FOUND;
  // The id of an ended session is free.
  if (expect == ATM_EXPECT_ABSENT && entry != nullptr && !entry->state.fold_state.ended) return ATM_E_EXISTS;

  atm_status status = ATM_OK;
  const Arrival before = state_.now();
  if (entry == nullptr) {
    journal_.observed(observation, before, from);
    status = begin_session(observation, expect, from);
  } else if (!answers_.is_replay() && is_already_known(*entry, observation)) {
    journal_.repeated(observation, before);
    count_redundant(*entry);
  } else {
    journal_.observed(observation, before, from);
    apply(*entry, observation, false, from);
    if (observation.flag(Key::kInternal) && is_internal(observation)) {
      if (SessionEntry* found = state_.table.find(observation.session())) changes_.remove(*found, "internal");
    }
  }
  if (observation.type() == ObservationType::kProcessExited) end_all_in(observation);
  return status;
}

void Ingestion::count_redundant(SessionEntry& entry) {
  ++state_.counts.observations;
  if (!entry.state.fold_state.ended) entry.heard_ns = state_.now_ns;
}

void Ingestion::count_type(const Observation& observation) {
  state_.other_types.add(observation.type_name());
  if (!observation.flag(Key::kUnknown)) return;
  const std::string_view version = observation.text(Key::kVersion);
  std::string name(observation.type_name());
  state_.unknown_events.add(version.empty() ? name : name.append(1, ' ').append(version));
}

bool Ingestion::is_already_known(const SessionEntry& entry, const Observation& observation) {
  if (!is_redundant(entry.state, observation)) return false;
  if (observation.type() != ObservationType::kProcessBound) return true;
  // An inherited process has no observation yet; a pending session may be found by it.
  const auto& pid = entry.state.runtime.pid;
  const bool is_pending_there = state_.table.pending() != 0 && pid && !entry.state.runtime.pid_ns &&
                                state_.table.find(SessionId::pending(*pid).view()) != nullptr;
  return entry.has_announced_binding && !is_pending_there;
}

atm_status Ingestion::begin_session(const Observation& observation, std::uint32_t expect,
                                    const std::optional<ProcessKey>& from) {
  const bool is_late_arrival =
      !state_.replaced.empty() && state_.replaced.is_late_arrival(observation, state_.now_ns);
  if (is_late_arrival || is_internal(observation) || !creates_session(observation)) {
    ++state_.counts.ignored;
    return ATM_OK;
  }
  if (is_known_by_process(observation)) {
    ++state_.counts.ignored;
    return expect == ATM_EXPECT_ABSENT ? ATM_E_EXISTS : ATM_OK;
  }
  if (!changes_.make_room()) {
    ++state_.counts.rejected_full;
    return ATM_E_FULL;
  }
  ++state_.counts.registered;
  SessionEntry& entry = state_.table.insert(observation.session(), time_of(observation), state_.now_ns);
  if (auto where = state_.replaced.restore(observation.session())) {
    entry.state.runtime = std::move(*where);
    entry.state.fold_state.sole = true;
    state_.table.index(entry);
  }
  apply(entry, observation, true, from);
  return ATM_OK;
}

bool Ingestion::is_internal(const Observation& observation) {
  constexpr std::size_t kMostRemembered = 256;
  auto& threads = state_.internal_threads;
  if (std::find(threads.begin(), threads.end(), observation.session()) != threads.end()) return true;
  if (!observation.flag(Key::kInternal)) return false;
  if (threads.size() == kMostRemembered) threads.erase(threads.begin());
  threads.emplace_back(observation.session());
  return true;
}

bool Ingestion::is_known_by_process(const Observation& observation) {
  const SessionId id{std::string(observation.session())};
  const auto pid = id.pending_pid();
  if (!pid) return false;
  const auto there = state_.table.in_process(*pid, start_of(observation));
  return std::any_of(there.begin(), there.end(),
                     [](const SessionEntry* entry) { return !entry->state.fold_state.ended; });
}

void Ingestion::verify_before(SessionEntry& entry, const Observation& bound) {
  SessionRuntime& where = entry.state.runtime;
  const auto process = process_in(bound);
  if (!process || !where.pid || rules::is_in(where, *process)) return;
  if (!answers_.has_answer()) return;
  const Liveness liveness = answers_.ask(where);
  journal_.learnt(letter_of(liveness));
  where.verified = liveness == Liveness::kAlive || liveness == Liveness::kStopped;
}

void Ingestion::apply(SessionEntry& entry, const Observation& observation, bool registered,
                      const std::optional<ProcessKey>& from) {
  const std::uint64_t seq = ++state_.seq;
  ++state_.counts.observations;
  const bool is_binding = observation.type() == ObservationType::kProcessBound;
  if (is_binding) verify_before(entry, observation);
  const Change change = fold(entry.state, observation, {seq, state_.now_ns}, from);
  if (is_binding) entry.has_announced_binding = true;
  state_.table.index(entry);
  const bool is_late = entry.state.fold_state.ended && !change.ended;
  if (!is_late && observation.type() != ObservationType::kAttentionAcknowledged)
    entry.heard_ns = state_.now_ns;
  std::vector<SessionEntry*> replaced;
  if (is_binding || registered) replaced = replaced_in_process(entry);
  for (const SessionEntry* other : replaced) inherit(entry.state, other->state);

  ++entry.state.domain.rev;
  entry.json.reset();
  derive_facts(entry, observation);
  events_.activity(seq, entry.state.domain.rev, observation);
  for (SessionEntry* other : replaced) retire(*other, observation);
  events_.state(++state_.seq, entry, registered);
  changes_.follow_up(entry, change, time_of(observation));
  if (observation.type() == ObservationType::kAttentionAcknowledged)
    changes_.acknowledge_child(entry, time_of(observation));
  if (!change.replaced_by.empty()) return continue_as(entry, change.replaced_by, observation, seq);
  // Nothing but its end is known of this session.
  if (!change.ended) return;
  const bool is_end = observation.type() == ObservationType::kSessionEnded;
  if (entry.state.domain.id.is_pending()) return changes_.remove(entry, is_end ? "ended" : "process_exited");
  if (is_end && entry.state.fold_state.only_bound) changes_.remove(entry, "ended");
}

std::vector<SessionEntry*> Ingestion::replaced_in_process(const SessionEntry& entry) {
  const SessionRuntime& where = entry.state.runtime;
  if (!where.pid || entry.state.domain.id.is_pending()) return {};
  const bool is_sole = entry.state.fold_state.sole;
  if (!is_sole && state_.table.pending() == 0) return {};
  auto others = state_.table.in_process(*where.pid, where.process_start_ticks, where.pid_ns);
  std::erase_if(others, [&](const SessionEntry* other) {
    return other == &entry || !(is_sole || other->state.domain.id.is_pending());
  });
  // A session found by its process may have no other data than its id.
  SessionEntry* pending = state_.table.pending() == 0 || where.pid_ns
                              ? nullptr
                              : state_.table.find(SessionId::pending(*where.pid).view());
  if (pending != nullptr && !pending->state.runtime.pid) others.push_back(pending);
  return others;
}

void Ingestion::retire(SessionEntry& entry, const Observation& observation) {
  const SessionDomain& domain = entry.state.domain;
  const auto process = process_in(observation);
  if (!entry.state.others.empty() && process) {
    changes_.leave(entry, *process, {observation.type_name(), time_of(observation), state_.next()});
    return;
  }
  if (!domain.id.is_pending())
    state_.replaced.add(domain.id.view(), entry.state.runtime, time_of(observation), state_.now_ns);
  changes_.remove(entry, "replaced");
}

void Ingestion::continue_as(SessionEntry& old, std::string_view id, const Observation& observation,
                            std::uint64_t seq) {
  SessionEntry* next = state_.table.find(id);
  const bool is_new = next == nullptr;
  // Removes a session for each new one, so that the limit always holds for readers.
  if (is_new) next = &state_.table.insert(id, time_of(observation), state_.now_ns);
  inherit(next->state, old.state);
  state_.table.index(*next);
  const Change change = fold(next->state, observation, {seq, state_.now_ns});
  next->heard_ns = state_.now_ns;
  changes_.remove(old, "replaced");
  if (is_new) ++state_.counts.registered;
  derive_facts(*next, observation);
  changes_.revise(*next, is_new);
  changes_.follow_up(*next, change, time_of(observation));
}

void Ingestion::end_all_in(const Observation& exited) {
  const auto pid = exited.integer(Key::kPid);
  if (!pid) return;
  for (SessionEntry* entry : state_.table.in_process(*pid, start_of(exited))) {
    changes_.leave(*entry, {*pid, start_of(exited)}, {exited.type_name(), time_of(exited), state_.next()});
  }
}

void Ingestion::derive_facts(SessionEntry& entry, const Observation& observation) {
  if (answers_.is_replay()) return;  // the facts are stored
  journal_.facts(entry.state.domain.id.view(), state_.now(), analyzers_.run(entry.state, observation));
}

}  // namespace atm::kernel
