// SPDX-License-Identifier: MIT
// What the dashboard shows of one session. The texts are terminal-safe.
#pragma once

#include <atm/protocol/session.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "tui/grid.hpp"

namespace atm::cli {

/// The status in one word with its glyph: `needs you`, `running`, `done`. An uncertain word ends with `?`.
struct StatusWord {
  std::string_view glyph;
  std::string word;
  tui::Role role;
};
[[nodiscard]] StatusWord status_word(const SessionDomain& session);

/// What the session waits for or does: `permission: Bash`, `question`, `Bash`, `2 tasks`, `rate_limit`. May be empty.
[[nodiscard]] std::string what_text(const SessionDomain& session);

/// The session's own name, else its worktree, else its model, else its directory.
[[nodiscard]] std::string session_name(const protocol::Session& session);

/// The directory of the project: that of the session without a worktree below `.claude/worktrees`. Empty: unknown. A
/// part of the session.
[[nodiscard]] std::string_view project_of(const SessionDomain& session);

/// The begin of the wait, else of the status.
[[nodiscard]] Timestamp since(const SessionDomain& session);

/// What the counts distinguish.
enum class Activity : std::uint8_t { kNeedsUser, kWorks, kIsDone, kOther };
[[nodiscard]] Activity activity_of(const SessionDomain& session);
/// 0 while the cost is unknown.
[[nodiscard]] Money known_cost(const SessionDomain& session);

/// Returns true if the session does nothing and does not need the user: idle without a finished mark, stale or ended.
[[nodiscard]] bool is_quiet(const SessionDomain& session);

/// The place of the session in the inbox, the most urgent first: 0 a confirmed wait, 1 an error, 2 a finished turn,
/// 3 an uncertain wait; kNoUrgency: it does not belong there.
inline constexpr int kNoUrgency = 4;
[[nodiscard]] int urgency(const SessionDomain& session);

}  // namespace atm::cli
