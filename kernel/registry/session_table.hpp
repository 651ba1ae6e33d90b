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

#include "kernel/model/event.hpp"
#include "kernel/model/session_state.hpp"

namespace atm::kernel {

/// One session with the registry's own data about it. Times are awake nanoseconds (AwakeClock) of arrival, not the
/// sender's times.
struct SessionEntry {
  static constexpr std::size_t kNotPending = static_cast<std::size_t>(-1);

  explicit SessionEntry(SessionId id, Timestamp first_sight) : state(std::move(id), first_sight) {}

  SessionState state;
  std::shared_ptr<const std::string> json;  ///< JSON of the current revision, if encoded
  std::uint64_t number = 0;                 ///< in order of registration
  std::int64_t created_ns = 0;
  std::int64_t heard_ns = 0;
  std::size_t pending = kNotPending;       ///< its state event in the EventBatch
  bool verified_alive = false;             ///< at the last clean-up
  bool has_announced_binding = false;      ///< an event named the current process; it is not inherited
  std::vector<std::int64_t> indexed_pids;  ///< keys in SessionTable::in_process()
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
  /// `id` must be absent; the caller checks the limit.
  SessionEntry& insert(std::string_view id, Timestamp first_sight, std::int64_t now_ns);
  void erase(std::string_view id);

  /// Adds a session of a checkpoint. False: its id is present.
  bool restore(std::unique_ptr<SessionEntry> entry);
  [[nodiscard]] std::uint64_t next_number() const noexcept { return next_number_; }
  void set_next_number(std::uint64_t number) noexcept { next_number_ = number; }

  /// Must be called after a possible change of the session's process.
  void index(SessionEntry& entry);
  /// Sessions in a process, in order of registration: same pid in that namespace (nothing: the daemon's), and same
  /// start time if both are known.
  [[nodiscard]] std::vector<SessionEntry*> in_process(std::int64_t pid,
                                                      std::optional<std::uint64_t> start_ticks,
                                                      std::optional<std::uint64_t> pid_ns = {});

  /// The session to remove when the table is full: an ended one, else one that is stale or has been silent for longer
  /// than `stale_after_ns` unverified; among these the longest silent. nullptr: none.
  [[nodiscard]] SessionEntry* evictable(std::int64_t now_ns, std::int64_t stale_after_ns) noexcept;

  /// All sessions, in order of registration.
  [[nodiscard]] std::vector<SessionEntry*> in_order();
  /// Sessions that match `wanted`, in order of registration; only the matches are sorted.
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
  /// libstdc++ searches a table of up to 20 entries linearly if it knows the hash function to be slow, as for texts. The
  /// ids of sessions differ in their last bytes only.
  struct IdHash {
    [[nodiscard]] std::size_t operator()(std::string_view id) const noexcept {
      return std::hash<std::string_view>{}(id);
    }
  };

  // Keys point to the ids of the entries, so each id is stored once.
  std::unordered_map<std::string_view, std::unique_ptr<SessionEntry>, IdHash> entries_;
  std::unordered_multimap<std::int64_t, SessionEntry*> by_pid_;
  SessionEntry* last_found_ = nullptr;
};

}  // namespace atm::kernel
