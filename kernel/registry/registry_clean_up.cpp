// SPDX-License-Identifier: MIT
// What time does to sessions (docs/specs/observations.md, rule 8). Ages are awake time since something
// arrived here, never wall time since a sender says it happened: a stepped clock or a slept night ends
// nothing.
#include "kernel/registry/registry.hpp"

namespace atm::kernel {

void Registry::clean_up(const Tick& tick) {
  now_ns_ = awake_.advance(tick.mono_ns);
  for (SessionEntry* entry : table_.in_order()) judge(*entry, tick);
}

void Registry::judge(SessionEntry& entry, const Tick& tick) {
  const Bookkeeping& book = entry.state.book;
  const SessionInfrastructure& where = entry.state.infrastructure;
  const std::int64_t silent_ns = now_ns_ - entry.heard_ns;
  const Verdict verdict{"clean_up", tick.wall, seq_ + 1};
  if (book.ended) {
    if (silent_ns < options_.ended_grace.count()) return;
    return remove(entry, book.end_reason == "process_exited" ? "process_exited" : "ended");
  }
  const Liveness liveness = tick.verify && where.pid ? tick.verify(where) : Liveness::kUnknown;
  entry.verified_alive = liveness == Liveness::kAlive;
  if (liveness == Liveness::kGone) return end(entry, "process_exited", verdict);
  if (entry.verified_alive) {
    if (mark_fresh(entry.state, verdict)) revise(entry);
    return;
  }
  if (book.stale) return remove(entry, "stale");
  if (now_ns_ - entry.created_ns > options_.max_age.count()) return remove(entry, "forced_cleanup");
  if (silent_ns > options_.stale_after.count() && mark_stale(entry.state, verdict)) revise(entry);
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
