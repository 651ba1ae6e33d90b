// SPDX-License-Identifier: MIT
// Formats sessions for users: one row, one line, one order.
#pragma once

#include <atm/protocol/session.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "table.hpp"

namespace atm::cli {

/// What the ledger counted for a session, at list price.
struct Spent {
  std::string amount{};      // `$1.23`, `$1.23 + unpriced`
  std::uint64_t micros = 0;  // microdollars
  std::uint64_t responses = 0;
  std::optional<std::uint64_t> compactions{};  // in its files; counted for one session only
  std::string usd{};                           // the exact amount in dollars
  std::uint64_t unpriced_responses = 0;        // responses that the amount leaves out
};
/// By session id. A session that is missing is not in the ledger.
using SpentBySession = std::map<std::string, Spent, std::less<>>;

/// What an agent reports, in the words of its manifest ([agent] capabilities); empty: its manifest does not say.
struct AgentReports {
  std::string interrupt{};
  std::string permission_resolved{};
};
/// By the agent's id.
using ReportsOf = std::function<AgentReports(std::string_view agent)>;

/// The inputs of the text besides the sessions.
struct Scene {
  Timestamp now{};
  std::string home;  // shown as "~"; may be empty
  Canvas canvas{};
  SpentBySession spent{};
  ReportsOf reports_of{};  // empty: nothing is known
};

using Sessions = std::vector<const protocol::Session*>;

/// Order: sessions that need the user, working ones, idle ones, ended ones; in each group the oldest first.
void sort_for_people(Sessions& sessions);

/// The group of the session in that order; the first one is 0.
[[nodiscard]] std::uint8_t rank_for_people(const SessionDomain& session);

/// The table of `sessions` in the given order, or a line that there are none.
[[nodiscard]] std::string session_table(const Sessions& sessions, const Scene& scene);

/// A hint for sessions without any hook; empty if there are none.
[[nodiscard]] std::string hint_text(const Sessions& sessions, const Scene& scene);

/// Returns true if the session needs the user: its attention is not acknowledged.
[[nodiscard]] bool needs_user(const SessionDomain& session);

/// `needs you (Bash)`, `waiting (Bash)` (acknowledged), `idle ✓` (a turn ended, not acknowledged), `active?`
/// (uncertain), `running (Bash), stopped?` (with its detail).
[[nodiscard]] std::string status_text(const SessionDomain& session);

/// `retrying (attempt 2)`, `aborted (replaced)`, `network`: the word and its arguments, without times.
[[nodiscard]] std::string detail_text(const StatusDetail& detail);

/// The title that the agent gave to the session, and the branch that it reports. Empty: unknown.
[[nodiscard]] std::string session_title(const SessionDomain& session);
[[nodiscard]] std::string session_branch(const SessionDomain& session);

/// `85.0% (170K/200K) !`; marks show warning and critical without colour.
[[nodiscard]] std::string context_text(const SessionDomain& session);
/// The same as `85% !`; without a percentage the number of tokens.
[[nodiscard]] std::string short_context_text(const SessionDomain& session);

/// `2026-03-01T12:59:18+01:00` in the time zone of the user (TZ).
[[nodiscard]] std::string local_time(Timestamp time);

/// One line without its line feed: name, status, context, cost, directory.
[[nodiscard]] std::string session_line(const protocol::Session& session, const std::string& name,
                                       const Scene& scene);

}  // namespace atm::cli
