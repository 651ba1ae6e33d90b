// SPDX-License-Identifier: MIT
#include "kernel/registry/clean_up.hpp"

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
  recorded.verify = [&](const ProcessPlace& where) {
    const Liveness liveness = tick.verify ? tick.verify(where) : Liveness::kUnknown;
    learnt.push_back(letter_of(liveness));
    return liveness;
  };
  evaluate(entry, recorded);
  // A removal counts an event, so that the entry exists if seq is unchanged.
  if (state_.seq != before.seq || look(entry) != seen)
    journal_.checked(id, before, tick.wall, std::move(learnt));
}

std::optional<Liveness> CleanUp::end_gone_processes(SessionEntry& entry, const Tick& tick) {
  const SessionRuntime& where = entry.state.runtime;
  const bool is_only = where.other_processes.empty();
  const auto ask = [&tick](const ProcessPlace& place) {
    return tick.verify && place.pid ? tick.verify(place) : Liveness::kUnknown;
  };
  std::vector<ProcessKey> gone;
  const auto add_if_gone = [&](const ProcessPlace& place, Liveness liveness) {
    if (liveness != Liveness::kGone && (liveness != Liveness::kUnknown || is_only)) return;
    gone.push_back({place.pid.value_or(0), place.process_start_ticks, place.pid_ns});
  };
  const Liveness shown = ask(where);
  if (where.pid) add_if_gone(where, shown);
  const bool is_shown_gone = !gone.empty();
  for (const ProcessPlace& other : where.other_processes) add_if_gone(other, ask(other));
  for (const ProcessKey& process : gone) {
    if (!changes_.leave(entry, process, {"clean_up", tick.wall, state_.next()})) return std::nullopt;
  }
  if (entry.state.fold_state.ended) return std::nullopt;
  return is_shown_gone ? ask(where) : shown;
}

void CleanUp::evaluate(SessionEntry& entry, const Tick& tick) {
  const FoldState& fold_state = entry.state.fold_state;
  const std::int64_t silent_ns = state_.now_ns - entry.heard_ns;
  const Inference inference{"clean_up", tick.wall, state_.next()};
  if (fold_state.ended) {
    if (silent_ns < options_.ended_grace.count()) return;
    return changes_.remove(entry, fold_state.end_reason == "process_exited" ? "process_exited" : "ended");
  }
  const auto liveness = end_gone_processes(entry, tick);
  if (!liveness) return;
  entry.verified_alive = *liveness != Liveness::kUnknown;
  bool& shown = entry.state.runtime.verified;
  const bool is_seen_otherwise = std::exchange(shown, entry.verified_alive) != entry.verified_alive;
  Change change = mark_stopped(entry.state, *liveness == Liveness::kStopped, inference);
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
