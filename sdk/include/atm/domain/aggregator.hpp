// SPDX-License-Identifier: MIT
// Totals, groups and sort orders over many sessions. The sessions are borrowed: results point to the caller's objects,
// which must outlive them.
#pragma once

#include <algorithm>
#include <atm/domain/agent_type.hpp>
#include <atm/domain/context_usage.hpp>
#include <atm/domain/duration.hpp>
#include <atm/domain/money.hpp>
#include <atm/domain/session.hpp>
#include <atm/domain/timestamp.hpp>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace atm {

/// Totals of a set of sessions.
struct SessionAggregate {
  std::size_t total = 0;
  /// Neither stale nor ended.
  std::size_t active = 0;
  /// Stale and not ended.
  std::size_t stale = 0;
  /// Status waits for the user, or is an error.
  std::size_t attention_needed = 0;
  /// Saturating sum; an unknown cost counts as 0.
  Money total_cost;
  /// Saturating sum.
  SessionDuration total_duration;
  /// Percent, over the sessions whose percentage is known.
  std::optional<double> avg_context;
  /// Percent, 0 to 100.
  std::optional<double> max_context;
  /// At or above the default warning threshold.
  std::size_t high_context = 0;

  friend bool operator==(const SessionAggregate&, const SessionAggregate&) = default;
};

/// Computes aggregates of sessions. It has no state and reads no clock: the same sessions and time give the same
/// result. Callers hold pointers because a session is large and the functions only read it. [any]
class SessionAggregator final {
 public:
  /// Never null.
  using SessionRef = const SessionDomain*;

  /// Computes the totals at the time `now`. `verified_alive` says whether the process of a session is known to live; a
  /// session with a live process is never stale. Without the function, no process counts as verified.
  [[nodiscard]] static SessionAggregate aggregate(
      std::span<const SessionRef> sessions, Timestamp now,
      const std::function<bool(const SessionDomain&)>& verified_alive = {}) {
    SessionAggregate sum;
    double context_sum = 0;
    std::size_t context_known = 0;
    for (const SessionRef session : sessions) {
      ++sum.total;
      const bool alive = verified_alive && verified_alive(*session);
      if (session->status.kind() != StatusKind::kEnded)
        ++(session->is_stale(now, alive) ? sum.stale : sum.active);
      if (session->status.needs_attention()) ++sum.attention_needed;
      sum.total_cost += session->cost;
      sum.total_duration = sum.total_duration + session->duration;
      if (session->context.is_warning()) ++sum.high_context;
      if (const auto percent = session->context.usage_percentage()) {
        context_sum += *percent;
        ++context_known;
        sum.max_context = std::max(sum.max_context.value_or(0), *percent);
      }
    }
    // Without a known percentage there is no average.
    if (context_known > 0) sum.avg_context = context_sum / static_cast<double>(context_known);
    return sum;
  }

  /// Groups sessions by AgentType::str(). Each group keeps the order of the input.
  [[nodiscard]] static std::map<std::string, std::vector<SessionRef>> group_by_agent_type(
      std::span<const SessionRef> sessions) {
    std::map<std::string, std::vector<SessionRef>> groups;
    for (const SessionRef session : sessions) groups[session->agent_type.str()].push_back(session);
    return groups;
  }

  /// Sorts in place, highest percentage first; unknown percentages come last. All three sorts are stable.
  static void sort_by_context(std::span<SessionRef> sessions) {
    sort_descending(sessions,
                    [](const SessionDomain& session) { return session.context.usage_percentage(); });
  }
  /// Sorts in place, highest cost first.
  static void sort_by_cost(std::span<SessionRef> sessions) {
    sort_descending(sessions, [](const SessionDomain& session) { return session.cost; });
  }
  /// Sorts in place, newest last_activity first.
  static void sort_by_activity(std::span<SessionRef> sessions) {
    sort_descending(sessions, [](const SessionDomain& session) { return session.last_activity; });
  }

 private:
  /// Sorts by key, greatest first. An absent key is less than any other, so it comes last.
  template <class Key>
  static void sort_descending(std::span<SessionRef> sessions, Key key) {
    std::stable_sort(sessions.begin(), sessions.end(),
                     [key](SessionRef a, SessionRef b) { return key(*b) < key(*a); });
  }
};

}  // namespace atm
