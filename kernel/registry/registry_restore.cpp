// SPDX-License-Identifier: MIT
// The state of an earlier daemon: a checkpoint and the inputs after it.
#include <algorithm>
#include <utility>

#include "kernel/registry/checkpoint.hpp"
#include "kernel/registry/registry.hpp"

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

std::optional<ProcessKey> process_of(const atm_stored& input) {
  if ((input.from & ATM_FROM_PID) == 0) return std::nullopt;
  ProcessKey process{input.from_pid};
  if ((input.from & ATM_FROM_START_TICKS) != 0) process.start_ticks = input.from_start_ticks;
  if ((input.from & ATM_FROM_PID_NS) != 0) process.pid_ns = input.from_pid_ns;
  return process;
}

}  // namespace

char letter_of(Liveness liveness) noexcept {
  return "uasg"[static_cast<std::size_t>(liveness)];
}

Liveness liveness_of(char letter) noexcept {
  for (const Liveness liveness : {Liveness::kAlive, Liveness::kStopped, Liveness::kGone}) {
    if (letter_of(liveness) == letter) return liveness;
  }
  return Liveness::kUnknown;
}

Liveness Registry::ask(const std::function<Liveness(const SessionRuntime&)>& verify,
                       const SessionRuntime& where) {
  if (!replay_.is_on) return verify ? verify(where) : Liveness::kUnknown;
  if (replay_.learnt.empty()) return Liveness::kUnknown;
  const char letter = replay_.learnt.front();
  replay_.learnt.remove_prefix(1);
  return liveness_of(letter);
}

bool Registry::restore(std::string_view bytes) {
  auto from = read_checkpoint(bytes);
  if (!from) return false;
  seq_ = from->seq;
  now_ns_ = from->awake_ns;
  for (auto& entry : from->entries) {
    SessionEntry& kept = *entry;
    if (table_.restore(std::move(entry))) deadlines_.plan(kept, next_timeout(kept.state, options_.timeouts));
  }
  table_.set_next_number(std::max(table_.next_number(), from->next_number));
  replaced_.set_entries(std::move(from->replaced));
  static_cast<RegistryCounts&>(from->counts).max_sessions = counts_.max_sessions;
  counts_ = from->counts;
  share_counts();
  const std::lock_guard lock(stats_mutex_);
  shared_.dropped_busy = from->counts.dropped_busy;
  return true;
}

atm_status Registry::replay(const atm_stored& input) {
  if (input.observation == nullptr) return ATM_E_INVALID;
  const auto observation = Observation::copy(*input.observation);
  if (!observation) return ATM_E_INVALID;
  now_ns_ = std::max(now_ns_, input.awake_ns);
  seq_ = std::max(seq_, input.seq);
  replay_ = {text_of(input.learnt), true};
  SessionEntry* entry = table_.find(observation->session());
  if (input.kind == ATM_STORED_OBSERVATION) {
    static_cast<void>(ingest(*observation, ATM_EXPECT_ANY, process_of(input)));
  } else if (entry == nullptr) {
    // Its session is gone, or its begin is missing.
  } else if (input.kind == ATM_STORED_REPEAT) {
    ++counts_.observations;
    if (!entry->state.fold_state.ended) entry->heard_ns = now_ns_;
    if (observation->type() == ObservationType::kProcessExited) end_all_in(*observation);
  } else if (input.kind == ATM_STORED_TIMEOUT) {
    run_timeouts_of(*entry);
  } else if (input.kind == ATM_STORED_CHECK) {
    evaluate(*entry, {Timestamp(std::chrono::nanoseconds(observation->time_ns())), 0,
                      [this](const SessionRuntime& where) { return ask(nullptr, where); }});
  } else if (input.kind == ATM_STORED_FACTS) {
    for (std::size_t i = 0; i < observation->size(); ++i) {
      const atm_attr& fact = observation->attr(i);
      if (fact.value.kind == ATM_VALUE_NONE) {
        entry->state.domain.facts.erase(text_of(fact.key));
      } else {
        entry->state.domain.facts.set(text_of(fact.key), fact_of(fact.value));
      }
    }
    entry->json.reset();
  }
  replay_ = {};
  events_.publish();
  converted_.clear();
  return ATM_OK;
}

void Registry::finish_restore(std::uint64_t next_seq, bool is_unclean) {
  awake_.continue_from(now_ns_);
  seq_ = std::max(seq_, next_seq);
  if (is_unclean) {
    for (SessionEntry* entry : table_.in_order()) entry->state.domain.rev += kLostRevisions;
  }
  share_counts();
}

std::uint64_t Registry::hash() {
  return state_hash({table_.in_order(), replaced_, table_.next_number(), seq_, now_ns_, shared_});
}

void Registry::write_checkpoint() {
  std::unique_lock lock(stats_mutex_);
  const std::string bytes =
      kernel::write_checkpoint({table_.in_order(), replaced_, table_.next_number(), seq_, now_ns_, shared_});
  lock.unlock();
  journal_.checkpoint(bytes, seq_);
}

}  // namespace atm::kernel
