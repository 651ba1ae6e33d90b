// SPDX-License-Identifier: MIT
// What time does to sessions (docs/specs/state.md, rules I6 to I8). Ages are awake time since something
// arrived here, never wall time since a sender says it happened: a stepped clock or a slept night ends
// nothing.
#include <utility>

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
  const Verdict verdict{"clean_up", tick.wall, {seq_ + 1, now_ns_}};
  if (book.ended) {
    if (silent_ns < options_.ended_grace.count()) return;
    return remove(entry, book.end_reason == "process_exited" ? "process_exited" : "ended");
  }
  const Liveness liveness = tick.verify && where.pid ? tick.verify(where) : Liveness::kUnknown;
  if (liveness == Liveness::kGone) return end(entry, "process_exited", verdict);
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
