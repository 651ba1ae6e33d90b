// SPDX-License-Identifier: MIT
#include "kernel/registry/clean_up.hpp"

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace atm::kernel {

void CleanUp::check(SessionEntry& entry, const Tick& tick) {
  if (!journal_.is_on()) return evaluate(entry, tick);
  const std::string id = entry.state.domain.id.str();
  const Arrival before = state_.now();
  const auto look = [](const SessionEntry& one) {
    return std::tuple(one.verified_alive, one.state.runtime.verified, one.state.fold_state.stopped,
                      one.state.others.size());
  };
  const auto seen = look(entry);
  std::string learnt;
  Tick recorded = tick;
  recorded.verify = [&](const SessionRuntime& where) {
    const Liveness liveness = tick.verify ? tick.verify(where) : Liveness::kUnknown;
    learnt.push_back(letter_of(liveness));
    return liveness;
  };
  evaluate(entry, recorded);
  // A removal counts an event, so that the entry exists if seq is unchanged.
  if (state_.seq != before.seq || look(entry) != seen)
    journal_.checked(id, before, tick.wall, std::move(learnt));
}

bool CleanUp::end_gone_processes(SessionEntry& entry, const Tick& tick) {
  const SessionRuntime& where = entry.state.runtime;
  const auto check = [&](const ProcessPlace& place, bool is_only) {
    SessionRuntime asked;
    static_cast<ProcessPlace&>(asked) = place;
    const Liveness liveness = tick.verify && place.pid ? tick.verify(asked) : Liveness::kUnknown;
    return liveness == Liveness::kUnknown ? is_only : liveness != Liveness::kGone;
  };
  std::vector<ProcessKey> gone;
  const bool is_only = where.other_processes.empty();
  if (where.pid && !check(where, is_only))
    gone.push_back({*where.pid, where.process_start_ticks, where.pid_ns});
  for (const ProcessPlace& other : where.other_processes) {
    if (!check(other, false))
      gone.push_back({other.pid.value_or(0), other.process_start_ticks, other.pid_ns});
  }
  return std::all_of(gone.begin(), gone.end(), [&](const ProcessKey& process) {
    return changes_.leave(entry, process, {"clean_up", tick.wall, state_.next()});
  });
}

void CleanUp::evaluate(SessionEntry& entry, const Tick& tick) {
  const FoldState& fold_state = entry.state.fold_state;
  const SessionRuntime& where = entry.state.runtime;
  const std::int64_t silent_ns = state_.now_ns - entry.heard_ns;
  const Inference inference{"clean_up", tick.wall, state_.next()};
  if (fold_state.ended) {
    if (silent_ns < options_.ended_grace.count()) return;
    return changes_.remove(entry, fold_state.end_reason == "process_exited" ? "process_exited" : "ended");
  }
  if (!end_gone_processes(entry, tick) || fold_state.ended) return;
  const Liveness liveness = tick.verify && where.pid ? tick.verify(where) : Liveness::kUnknown;
  entry.verified_alive = liveness != Liveness::kUnknown;
  bool& shown = entry.state.runtime.verified;
  const bool is_seen_otherwise = std::exchange(shown, entry.verified_alive) != entry.verified_alive;
  Change change = mark_stopped(entry.state, liveness == Liveness::kStopped, inference);
  const char* unwanted = nullptr;
  if (entry.verified_alive) {
    change.shown |= mark_fresh(entry.state, inference).shown;
  } else if (fold_state.stale) {
    unwanted = "stale";
  } else if (state_.now_ns - entry.created_ns > options_.max_age.count()) {
    unwanted = "forced_cleanup";
  } else if (silent_ns > options_.stale_after.count()) {
    change = mark_stale(entry.state, inference);
  }
  if (unwanted != nullptr) return changes_.remove(entry, unwanted);
  if (change.shown || is_seen_otherwise) changes_.revise(entry);
  changes_.follow_up(entry, change, inference.at);
}

}  // namespace atm::kernel
