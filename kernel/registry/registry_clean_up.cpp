// SPDX-License-Identifier: MIT
// What time does to sessions (docs/specs/state.md, STATE-I6 to STATE-I8). Ages are awake time since something
// arrived here, never wall time since a sender says it happened: a stepped clock or a slept night ends
// nothing.
#include <utility>
#include <vector>

#include "kernel/registry/registry.hpp"

namespace atm::kernel {

void Registry::clean_up(const Tick& tick) {
  now_ns_ = awake_.advance(tick.mono_ns);
  verify_ = tick.verify;
  for (SessionEntry* entry : table_.in_order()) judge(*entry, tick);
}

/// Of several processes only those stay that are verified to live.
void Registry::leave_the_gone(SessionEntry& entry, const Tick& tick) {
  const SessionInfrastructure& where = entry.state.infrastructure;
  const auto check = [&](const ProcessPlace& place, bool is_only) {
    SessionInfrastructure asked;
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
  for (const ProcessKey& process : gone) leave(entry, process, {"clean_up", tick.wall, {seq_ + 1, now_ns_}});
}

void Registry::judge(SessionEntry& entry, const Tick& tick) {
  const Bookkeeping& book = entry.state.book;
  const SessionInfrastructure& where = entry.state.infrastructure;
  const std::int64_t silent_ns = now_ns_ - entry.heard_ns;
  const Verdict verdict{"clean_up", tick.wall, {seq_ + 1, now_ns_}};
  if (book.ended) {
    if (silent_ns < options_.ended_grace.count()) return;
    return remove(entry, book.end_reason == "process_exited" ? "process_exited" : "ended");
  }
  leave_the_gone(entry, tick);
  if (book.ended) return;
  const Liveness liveness = tick.verify && where.pid ? tick.verify(where) : Liveness::kUnknown;
  entry.verified_alive = liveness != Liveness::kUnknown;
  bool& shown = entry.state.infrastructure.verified;
  const bool is_seen_otherwise = std::exchange(shown, entry.verified_alive) != entry.verified_alive;
  Change change = mark_stopped(entry.state, liveness == Liveness::kStopped, verdict);
  const char* unwanted = nullptr;
  if (entry.verified_alive) {
    change.shown |= mark_fresh(entry.state, verdict).shown;
  } else if (book.stale) {
    unwanted = "stale";
  } else if (now_ns_ - entry.created_ns > options_.max_age.count()) {
    unwanted = "forced_cleanup";
  } else if (silent_ns > options_.stale_after.count()) {
    change = mark_stale(entry.state, verdict);
  }
  if (unwanted != nullptr) return remove(entry, unwanted);
  if (change.shown || is_seen_otherwise) revise(entry);
  follow_up(entry, change, verdict.at);
}

bool Registry::make_room() {
  if (!table_.is_full()) return true;
  SessionEntry* spare = table_.evictable(now_ns_, options_.stale_after.count());
  if (spare == nullptr) return false;
  ++counts_.evicted;
  remove(*spare, "evicted");
  return true;
}

}  // namespace atm::kernel
