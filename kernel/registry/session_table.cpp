// SPDX-License-Identifier: MIT
#include "kernel/registry/session_table.hpp"

#include <algorithm>
#include <cassert>
#include <tuple>
#include <utility>

#include "kernel/registry/fold/fold_rules.hpp"

namespace atm::kernel {

SessionEntry* SessionTable::find(std::string_view id) noexcept {
  // The observations of one record name the same session.
  if (last_found_ != nullptr && last_found_->state.domain.id.view() == id) return last_found_;
  const auto at = entries_.find(id);
  if (at == entries_.end()) return nullptr;
  last_found_ = at->second.get();
  return last_found_;
}

SessionEntry& SessionTable::insert(std::string_view id, Timestamp first_sight, std::int64_t now_ns) {
  auto entry = std::make_unique<SessionEntry>(SessionId(std::string(id)), first_sight);
  entry->number = next_number_++;
  entry->created_ns = now_ns;
  entry->heard_ns = now_ns;
  if (entry->state.domain.id.is_pending()) ++pending_;
  const std::string_view key = entry->state.domain.id.view();
  const auto [at, is_new] = entries_.emplace(key, std::move(entry));
  assert(is_new);
  return *at->second;
}

void SessionTable::erase(std::string_view id) {
  const auto at = entries_.find(id);
  assert(at != entries_.end());
  if (at->second->state.domain.id.is_pending()) --pending_;
  if (last_found_ == at->second.get()) last_found_ = nullptr;
  unindex(*at->second);
  // The key is stored in the entry, which must outlive the node.
  const auto node = entries_.extract(at);
}

bool SessionTable::restore(std::unique_ptr<SessionEntry> entry) {
  const std::string_view key = entry->state.domain.id.view();
  const bool is_pending = entry->state.domain.id.is_pending();
  const auto [at, is_new] = entries_.emplace(key, std::move(entry));
  if (!is_new) return false;
  if (is_pending) ++pending_;
  index(*at->second);
  return true;
}

void SessionTable::index(SessionEntry& entry) {
  const SessionRuntime& where = entry.state.runtime;
  const bool is_one = where.pid && where.other_processes.empty();
  if (is_one && entry.indexed_pids.size() == 1 && entry.indexed_pids.front() == *where.pid) return;
  std::vector<std::int64_t> pids;
  if (where.pid) pids.push_back(*where.pid);
  for (const ProcessPlace& other : where.other_processes) pids.push_back(other.pid.value_or(0));
  if (pids == entry.indexed_pids) return;
  unindex(entry);
  for (const std::int64_t pid : pids) by_pid_.emplace(pid, &entry);
  entry.indexed_pids = std::move(pids);
}

void SessionTable::unindex(SessionEntry& entry) {
  for (const std::int64_t pid : entry.indexed_pids) {
    const auto [begin, end] = by_pid_.equal_range(pid);
    const auto at = std::find_if(begin, end, [&entry](const auto& one) { return one.second == &entry; });
    if (at != end) by_pid_.erase(at);
  }
  entry.indexed_pids.clear();
}

std::vector<SessionEntry*> SessionTable::in_process(std::int64_t pid,
                                                    std::optional<std::uint64_t> start_ticks,
                                                    std::optional<std::uint64_t> pid_ns) {
  std::vector<SessionEntry*> some;
  const ProcessKey process{pid, start_ticks};
  const auto [begin, end] = by_pid_.equal_range(pid);
  for (auto at = begin; at != end; ++at) {
    const SessionRuntime& where = at->second->state.runtime;
    const auto is_there = [&](const ProcessPlace& place) {
      return place.pid_ns == pid_ns && rules::is_in(place, process);
    };
    const bool is_other = std::any_of(where.other_processes.begin(), where.other_processes.end(), is_there);
    if (is_other || is_there(where)) some.push_back(at->second);
  }
  sort(some);
  return some;
}

SessionEntry* SessionTable::evictable(std::int64_t now_ns, std::int64_t stale_after_ns) noexcept {
  const auto is_spare = [&](const SessionEntry& entry) {
    const FoldState& fold_state = entry.state.fold_state;
    if (fold_state.ended || fold_state.stale) return true;
    return !entry.verified_alive && now_ns - entry.heard_ns > stale_after_ns;
  };
  // Ended before stale, then the longest silent, then the oldest: the choice is deterministic.
  const auto rank = [](const SessionEntry& entry) {
    return std::tuple(entry.state.fold_state.ended ? 0 : 1, entry.heard_ns, entry.number);
  };
  SessionEntry* best = nullptr;
  for (const auto& [id, entry] : entries_) {
    if (is_spare(*entry) && (best == nullptr || rank(*entry) < rank(*best))) best = entry.get();
  }
  return best;
}

std::vector<SessionEntry*> SessionTable::in_order() {
  return in_order([](const SessionEntry&) { return true; });
}

void SessionTable::sort(std::vector<SessionEntry*>& entries) {
  std::sort(entries.begin(), entries.end(),
            [](const SessionEntry* a, const SessionEntry* b) { return a->number < b->number; });
}

}  // namespace atm::kernel
