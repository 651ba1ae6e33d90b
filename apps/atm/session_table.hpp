// SPDX-License-Identifier: MIT
// Sessions as people see them: one row, one line, one order.
#pragma once

#include <atm/protocol/session.hpp>
#include <string>
#include <vector>

#include "table.hpp"

namespace atm::cli {

/// What the text depends on besides the sessions.
struct Scene {
  Timestamp now{};
  std::string home;  // shown as "~"; may be empty
  Canvas canvas{};
};

using Sessions = std::vector<const protocol::Session*>;

/// Those that need their person first, then the ones at work, at rest, and over; the oldest first within
/// each.
void sort_for_people(Sessions& sessions);

/// The table of `sessions` in the order given, or a line that says there are none.
[[nodiscard]] std::string session_table(const Sessions& sessions, const Scene& scene);

/// How to see more of sessions no hook was heard of; empty where there are none.
[[nodiscard]] std::string hint_text(const Sessions& sessions, const Scene& scene);

/// `8 sessions, 2 need you, $16.95`
[[nodiscard]] std::string summary_text(const Sessions& sessions);

/// `waiting (Bash)`, `idle ✓` (a turn ended well since the person last looked), `active?` (not certain), `running (Bash), stopped?`
/// (with its detail).
[[nodiscard]] std::string status_text(const SessionDomain& session);

/// `85.0% (170K/200K) !`; the marks say warning and critical where no colour does.
[[nodiscard]] std::string context_text(const SessionDomain& session);

/// One line without its line feed: id, status, context, cost, directory.
[[nodiscard]] std::string session_line(const protocol::Session& session, const Scene& scene);

}  // namespace atm::cli
