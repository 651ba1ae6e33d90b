// SPDX-License-Identifier: MIT
#include "kernel/registry/registry.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "kernel/registry/checkpoint.hpp"
#include "kernel/registry/stored_fields.hpp"

namespace atm::kernel {
namespace {

constexpr std::uint64_t kLostRevisions = 1000;

FactValue fact_of(const atm_value& value) {
  switch (value.kind) {
    case ATM_VALUE_BOOL:
      return value.as.i != 0;
    case ATM_VALUE_INT:
      return std::int64_t{value.as.i};
    case ATM_VALUE_DOUBLE:
      return value.as.d;
    default:
      return std::string(text_of(value.as.s));
  }
}

void set_facts(Facts& to, const Observation& from) {
  for (std::size_t i = 0; i < from.size(); ++i) {
    const atm_attr& fact = from.attr(i);
    if (fact.value.kind == ATM_VALUE_NONE) {
      to.erase(text_of(fact.key));
    } else {
      to.set(text_of(fact.key), fact_of(fact.value));
    }
  }
}

std::optional<ProcessKey> process_of(const atm_stored& input) {
  if ((input.from & ATM_FROM_PID) == 0) return std::nullopt;
  ProcessKey process{input.from_pid};
  if ((input.from & ATM_FROM_START_TICKS) != 0) process.start_ticks = input.from_start_ticks;
  if ((input.from & ATM_FROM_PID_NS) != 0) process.pid_ns = input.from_pid_ns;
  return process;
}

}  // namespace

Registry::Registry(RegistryOptions options, Analyzers& analyzers, Journal& journal, EventOutput& events)
    : options_(std::move(options)),
      state_(options_),
      awake_(options_.longest_step.count()),
      answers_(options_.verify),
      analyzers_(analyzers),
      journal_(journal),
      changes_(options_, state_, events),
      ingestion_(state_, changes_, events, answers_, analyzers, journal),
      clean_up_(options_, state_, changes_, journal) {}

bool Registry::restore(std::string_view bytes, BoundedCounters& dropped_busy) {
  auto from = read_checkpoint(bytes);
  if (!from) return false;
  state_.seq = from->seq;
  state_.now_ns = from->awake_ns;
  for (auto& entry : from->entries) {
    SessionEntry& kept = *entry;
    if (state_.table.restore(std::move(entry))) changes_.plan(kept);
  }
  state_.table.set_next_number(std::max(state_.table.next_number(), from->next_number));
  state_.replaced.set_entries(std::move(from->replaced));
  state_.internal_threads = std::move(from->internal_threads);
  state_.counts = from->counts;
  dropped_busy = std::move(from->dropped_busy);
  return true;
}

atm_status Registry::replay(const atm_stored& input) {
  if (input.observation == nullptr) return ATM_E_INVALID;
  const auto observation = Observation::copy(*input.observation);
  if (!observation) return ATM_E_INVALID;
  state_.now_ns = std::max(state_.now_ns, input.awake_ns);
  state_.seq = std::max(state_.seq, input.seq);
  answers_.begin_replay(text_of(input.learnt));
  if (input.kind == ATM_STORED_OBSERVATION) {
    static_cast<void>(ingestion_.ingest(*observation, ATM_EXPECT_ANY, process_of(input)));
  } else if (SessionEntry* entry = find(observation->session())) {
    replay_own(*entry, input, *observation);
  }  // else its session is gone, or its begin is missing
  answers_.end_replay();
  return ATM_OK;
}

void Registry::replay_own(SessionEntry& entry, const atm_stored& input, const Observation& observation) {
  const std::uint32_t kind = input.kind;
  if (kind == ATM_STORED_REPEAT) {
    ingestion_.count_redundant(entry);
    if (observation.type() == ObservationType::kProcessExited) ingestion_.end_all_in(observation);
  } else if (kind == ATM_STORED_TIMEOUT) {
    // An older daemon stored no answer; the rule gives it again.
    const std::string_view answer = text_of(input.learnt);
    run_timeouts_of(entry, answer.empty() ? std::nullopt : std::optional(answer == kDoubted));
  } else if (kind == ATM_STORED_CHECK) {
    clean_up_.evaluate(entry, {Timestamp(std::chrono::nanoseconds(observation.time_ns())), 0,
                               [this](const ProcessPlace& where) { return answers_.ask(where); }});
  } else if (kind == ATM_STORED_FACTS) {
    set_facts(entry.state.domain.facts, observation);
    entry.json.reset();
  }
}

void Registry::finish_restore(std::uint64_t next_seq, bool is_unclean) {
  awake_.continue_from(state_.now_ns);
  state_.seq = std::max(state_.seq, next_seq);
  if (state_.table.size() != 0) state_.restored_ns = state_.now_ns;
  if (!is_unclean) return;
  for (SessionEntry* entry : sessions()) entry->state.domain.rev += kLostRevisions;
}

atm_status Registry::ingest(const Observation& observation, std::uint32_t expect,
                            const std::optional<ProcessKey>& from) {
  return ingestion_.ingest(observation, expect, from);
}

void Registry::clean_up(const Tick& tick) {
  state_.now_ns = awake_.advance(tick.mono_ns);
  answers_.set_verify(tick.verify);
  for (SessionEntry* entry : sessions()) clean_up_.check(*entry, tick);
}

void Registry::set_capabilities(CapabilitiesByAgent capabilities) {
  state_.capabilities = std::move(capabilities);
  for (SessionEntry* entry : sessions()) changes_.plan(*entry);
}

void Registry::run_due_timeouts() {
  while (SessionEntry* entry = state_.deadlines.take(state_.now_ns)) run_timeouts_of(*entry);
}

void Registry::run_timeouts_of(SessionEntry& entry, std::optional<bool> doubts) {
  const AgentCapabilities agent = state_.capabilities_of(entry.state);
  const auto due = next_timeout(entry.state, options_.timeouts, agent);
  const Arrival before = state_.now();
  const Change change = run_timeouts(entry.state, state_.next(), options_.timeouts, agent, doubts);
  if (due && *due <= state_.now_ns) journal_.timed_out(entry.state.domain.id.view(), before, change.doubted);
  if (change.shown) changes_.revise(entry);
  changes_.follow_up(entry, change, entry.state.domain.status_since);
}

std::optional<std::int64_t> Registry::due_in(std::int64_t mono_ns) {
  const auto due = state_.deadlines.next();
  if (!due) return std::nullopt;
  return *due - awake_.at(mono_ns);
}

std::string Registry::checkpoint(const BoundedCounters& dropped_busy) {
  static_cast<void>(counts());
  return write_checkpoint(state_, dropped_busy);
}

std::uint64_t Registry::hash() {
  return state_hash(state_);
}

const RegistryCounts& Registry::counts() {
  RegistryCounts& counts = state_.counts;
  counts.sessions = state_.table.size();
  counts.max_sessions = options_.max_sessions;
  counts.events = state_.seq;
  counts.analyzer_calls = analyzers_.calls();
  counts.analyzer_failures = analyzers_.failures();
  counts.facts_refused = analyzers_.facts_refused();
  return counts;
}

}  // namespace atm::kernel
