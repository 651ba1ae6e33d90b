// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "kernel/registry/session_table.hpp"

namespace atm::kernel {

/// Sessions by the awake time of their next timeout. A session has at most one entry, which is never later than its
/// timeout. If a timeout moves to a later time, the entry expires early once and is planned again; this is cheaper than
/// moving it with every observation.
class DeadlineQueue final {
 public:
  void plan(SessionEntry& entry, std::optional<std::int64_t> due_ns) {
    if (!due_ns || (entry.is_planned && entry.planned->first <= *due_ns)) return;
    forget(entry);
    entry.planned = plan_.emplace(*due_ns, &entry);
    entry.is_planned = true;
  }

  /// Must be called before the entry is erased.
  void forget(SessionEntry& entry) {
    if (!entry.is_planned) return;
    plan_.erase(entry.planned);
    entry.is_planned = false;
  }

  [[nodiscard]] std::optional<std::int64_t> next() const {
    return plan_.empty() ? std::nullopt : std::optional(plan_.begin()->first);
  }

  /// Removes and returns the first entry that is due, or nullptr.
  [[nodiscard]] SessionEntry* take(std::int64_t now_ns) {
    if (plan_.empty() || plan_.begin()->first > now_ns) return nullptr;
    SessionEntry* entry = plan_.begin()->second;
    forget(*entry);
    return entry;
  }

 private:
  std::multimap<std::int64_t, SessionEntry*> plan_;
};

}  // namespace atm::kernel
