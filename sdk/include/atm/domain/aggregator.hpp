// SPDX-License-Identifier: MIT
// Totals, groups and orders over many sessions. They are borrowed: the results point at the caller's
// sessions.
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

/// What a set of sessions comes to.
struct SessionAggregate {
  std::size_t total = 0;
  std::size_t active = 0;  ///< neither stale nor ended
  std::size_t stale = 0;   ///< stale and not ended
  std::size_t attention_needed = 0;
  Money total_cost;
  SessionDuration total_duration;
  std::optional<double> avg_context;  ///< percent, over the sessions that know theirs
  std::optional<double> max_context;  ///< percent
  std::size_t high_context = 0;       ///< at the warning threshold or above

  friend bool operator==(const SessionAggregate&, const SessionAggregate&) = default;
};

/// Stateless; all results are the same for the same sessions and time.
class SessionAggregator final {
 public:
  using SessionRef = const SessionDomain*;  ///< never null

  /// `verified_alive` says of a session whether its process is known to live; without it none is.
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
    if (context_known > 0) sum.avg_context = context_sum / static_cast<double>(context_known);
    return sum;
  }

  /// By AgentType::str(); within a group the order given.
  [[nodiscard]] static std::map<std::string, std::vector<SessionRef>> group_by_agent_type(
      std::span<const SessionRef> sessions) {
    std::map<std::string, std::vector<SessionRef>> groups;
    for (const SessionRef session : sessions) groups[session->agent_type.str()].push_back(session);
    return groups;
  }

  /// Fullest first, those that do not know last. Stable, as the others.
  static void sort_by_context(std::span<SessionRef> sessions) {
    sort_descending(sessions,
                    [](const SessionDomain& session) { return session.context.usage_percentage(); });
  }
  /// Dearest first.
  static void sort_by_cost(std::span<SessionRef> sessions) {
    sort_descending(sessions, [](const SessionDomain& session) { return session.cost; });
  }
  /// Newest first.
  static void sort_by_activity(std::span<SessionRef> sessions) {
    sort_descending(sessions, [](const SessionDomain& session) { return session.last_activity; });
  }

 private:
  template <class Key>
  static void sort_descending(std::span<SessionRef> sessions, Key key) {
    std::stable_sort(sessions.begin(), sessions.end(),
                     [key](SessionRef a, SessionRef b) { return key(*b) < key(*a); });
  }
};

}  // namespace atm
