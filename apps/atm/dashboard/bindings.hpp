// SPDX-License-Identifier: MIT
// The keys of the dashboard. One table serves the input, the footer and the help.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "input.hpp"

namespace atm::cli {

enum class Action : std::uint8_t {
  kDown,
  kUp,
  kHalfDown,
  kHalfUp,
  kPageDown,
  kPageUp,
  kTop,
  kBottom,
  kNextNeed,
  kPreviousNeed,
  kJump,
  kDetails,
  kDetailsDown,
  kDetailsUp,
  kAcknowledge,
  kFilter,
  kBack,
  kSort,
  kReverse,
  kTree,
  kClose,
  kOpen,
  kFoldQuiet,
  kPin,
  kCopyId,
  kCopyPath,
  kList,
  kInbox,
  kTimeline,
  kCost,
  kSystem,
  kNextPage,
  kPreviousPage,
  kMouse,
  kRepaint,
  kSuspend,
  kHelp,
  kQuit,
};

struct Binding {
  Action action;
  std::string_view keys;    ///< separated by spaces: a character, ^x with Control, or a name such as Down
  std::string_view text;    ///< for the help
  std::string_view word{};  ///< for the footer; empty: not there
};

inline constexpr std::array kBindings{
    Binding{Action::kDown, "j Down", "next row"},
    Binding{Action::kUp, "k Up", "previous row"},
    Binding{Action::kHalfDown, "^d", "half a screen down"},
    Binding{Action::kHalfUp, "^u", "half a screen up"},
    Binding{Action::kPageDown, "PgDn ^f", "one screen down"},
    Binding{Action::kPageUp, "PgUp ^b", "one screen up"},
    Binding{Action::kTop, "g Home", "first row"},
    Binding{Action::kBottom, "G End", "last row"},
    Binding{Action::kNextNeed, "n", "next session that needs you", "next"},
    Binding{Action::kPreviousNeed, "N", "previous session that needs you"},
    Binding{Action::kJump, "Enter", "go to the terminal of the session; on a project: fold", "jump"},
    Binding{Action::kDetails, "Space", "show or hide the details: status, evidence, cost, process",
            "details"},
    Binding{Action::kDetailsDown, "J", "scroll the details down"},
    Binding{Action::kDetailsUp, "K", "scroll the details up"},
    Binding{Action::kAcknowledge, "c", "acknowledge the attention of the session", "ack"},
    Binding{Action::kFilter, "/",
            "filter: words, needs, state:WORD, agent:WORD, cost>5, ctx>80, age<1h, /REGEX/, !TERM", "filter"},
    Binding{Action::kBack, "Esc", "close the details or the help, else clear the filter"},
    Binding{Action::kSort, "S",
            "sort: the next key is s (status), a (age), c (cost), x (context) or n (name)"},
    Binding{Action::kReverse, "r", "reverse the order"},
    Binding{Action::kTree, "t", "tree by project, or flat list", "tree"},
    Binding{Action::kClose, "h Left", "close the tree below the row"},
    Binding{Action::kOpen, "l Right", "open it"},
    Binding{Action::kFoldQuiet, "b", "fold or show the quiet sessions: idle, stale, ended"},
    Binding{Action::kPin, "p", "keep the session on top, or release it"},
    Binding{Action::kCopyId, "y", "copy the session id to the clipboard of the terminal"},
    Binding{Action::kCopyPath, "Y", "copy the directory"},
    Binding{Action::kList, "1", "all sessions"},
    Binding{Action::kInbox, "2", "inbox: what needs you, the most urgent first", "inbox"},
    Binding{Action::kTimeline, "3", "timeline: what ran when, and how long agents waited for you",
            "timeline"},
    Binding{Action::kCost, "4", "cost and limits", "cost"},
    Binding{Action::kSystem, "5",
            "system: plugins, findings of atm doctor, counters; the same key again refreshes", "system"},
    Binding{Action::kNextPage, "Tab", "next page"},
    Binding{Action::kPreviousPage, "BackTab", "previous page"},
    Binding{Action::kMouse, "m", "switch the mouse off or on; off, the terminal selects text as usual"},
    Binding{Action::kRepaint, "^l", "draw the screen again"},
    Binding{Action::kSuspend, "^z", "suspend"},
    Binding{Action::kHelp, "?", "this help", "help"},
    Binding{Action::kQuit, "q ^c", "quit", "quit"},
};

/// Returns true if the action has an effect on a page of reports.
[[nodiscard]] bool applies_to_reports(Action action) noexcept;

/// The action of a key; absent: none.
[[nodiscard]] std::optional<Action> action_of(const tui::Event& event);

/// The name of a key as in the table: `j`, `^d`, `Down`.
[[nodiscard]] std::string key_name(const tui::Event& event);

}  // namespace atm::cli
