// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "kernel/bus/event.hpp"
#include "kernel/registry/session_state.hpp"

namespace atm::kernel {

/// One session and what the registry keeps beside its state. Times are awake nanoseconds (AwakeClock): when
/// something arrived here, not when its sender says it happened.
struct SessionEntry {
  static constexpr std::size_t kNotPending = static_cast<std::size_t>(-1);

  explicit SessionEntry(SessionId id, Timestamp first_sight) : state(std::move(id), first_sight) {}

  SessionState state;
  std::shared_ptr<const std::string> json;  ///< of the present revision, if made
  std::uint64_t number = 0;                 ///< in order of registration
  std::int64_t created_ns = 0;
  std::int64_t heard_ns = 0;
  std::size_t pending = kNotPending;       ///< its state event in the EventBatch
  bool verified_alive = false;             ///< at the last clean-up
  bool is_binding_told = false;            ///< the process it is in came in an event, not by inheritance
  std::vector<std::int64_t> indexed_pids;  ///< where SessionTable::in_process() finds it
  std::multimap<std::int64_t, SessionEntry*>::iterator planned;  ///< its place in the DeadlineQueue
  bool is_planned = false;
};

/// The sessions by id. Addresses of entries are stable.
class SessionTable final {
 public:
  explicit SessionTable(std::size_t max_sessions) : max_sessions_(max_sessions) {}

  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  [[nodiscard]] std::size_t max_sessions() const noexcept { return max_sessions_; }
  [[nodiscard]] bool is_full() const noexcept { return entries_.size() >= max_sessions_; }

  /// Sessions known only by their process (`pending-<pid>`).
  [[nodiscard]] std::size_t pending() const noexcept { return pending_; }

  [[nodiscard]] SessionEntry* find(std::string_view id) noexcept;
  /// `id` must not be there; over the limit is the caller's to prevent.
  SessionEntry& insert(std::string_view id, Timestamp first_sight, std::int64_t now_ns);
  void erase(std::string_view id);

  /// To be called when the session may have changed its process.
  void index(SessionEntry& entry);
  /// Those in a process, in order of registration: of that pid in that namespace (nothing: the daemon's), and of the
  /// same start where both are known.
  [[nodiscard]] std::vector<SessionEntry*> in_process(std::int64_t pid,
                                                      std::optional<std::uint64_t> start_ticks,
                                                      std::optional<std::uint64_t> pid_ns = {});

  /// The session to give up when there must be room: one that has ended, else one that is stale or has been
  /// silent longer than `stale_after_ns` unverified; of these the longest silent. nullptr: all are needed.
  [[nodiscard]] SessionEntry* evictable(std::int64_t now_ns, std::int64_t stale_after_ns) noexcept;

  /// All, in order of registration.
  [[nodiscard]] std::vector<SessionEntry*> in_order();
  /// Those `wanted` takes, in order of registration; the few are sorted, not the many.
  template <class Wanted>
  [[nodiscard]] std::vector<SessionEntry*> in_order(Wanted wanted) {
    std::vector<SessionEntry*> some;
    for (const auto& [id, entry] : entries_) {
      if (wanted(*entry)) some.push_back(entry.get());
    }
    sort(some);
    return some;
  }

 private:
  static void sort(std::vector<SessionEntry*>& entries);
  void unindex(SessionEntry& entry);

  const std::size_t max_sessions_;
  std::uint64_t next_number_ = 1;
  std::size_t pending_ = 0;
  // Keys are the ids of the entries themselves: stored once.
  std::unordered_map<std::string_view, std::unique_ptr<SessionEntry>> entries_;
  std::unordered_multimap<std::int64_t, SessionEntry*> by_pid_;
};

}  // namespace atm::kernel
