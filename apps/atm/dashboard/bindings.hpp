// SPDX-License-Identifier: MIT
// The keys of the dashboard. One table serves the input, the footer and the help.
#pragma once

#include <atm/domain/error.hpp>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tui/input.hpp"

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
  kSavedFilters,
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
  kBoard,
  kTimeline,
  kCost,
  kSystem,
  kNextPage,
  kPreviousPage,
  kEarlier,
  kLater,
  kStepBack,
  kStep,
  kNeedBefore,
  kNeedAfter,
  kPlay,
  kCommand,
  kTheme,
  kMouse,
  kRepaint,
  kSuspend,
  kHelp,
  kQuit,
};

/// When a key has its action. The dashboard shows the present, or the sessions of an earlier time.
enum class When : std::uint8_t { kAlways, kPresent, kPast };

struct Binding {
  Action action;
  std::string_view name;  ///< for tui.toml and the command line
  std::string keys;       ///< separated by spaces: a character, ^x with Control, or a name such as Down
  std::string_view text;  ///< for the help
  std::string_view word;  ///< for the footer; empty: not there
  When when = When::kAlways;

  [[nodiscard]] bool applies(bool is_past) const noexcept {
    return when == When::kAlways || (when == When::kPast) == is_past;
  }

  [[nodiscard]] std::string_view first_key() const noexcept {
    return std::string_view(keys).substr(0, keys.find(' '));
  }
};

class Bindings final {
 public:
  /// The keys of the program.
  Bindings();

  /// Gives an action other keys, and takes them from the actions that had them. The error names an unknown action or
  /// key, or a key that an earlier call gave to another action.
  [[nodiscard]] Result<void> set(std::string_view action, std::string_view keys);

  /// The action of a key in the present or at an earlier time; absent: none.
  [[nodiscard]] std::optional<Action> action_of(const tui::Event& event, bool is_past) const;
  /// The action with this name; absent: none.
  [[nodiscard]] std::optional<Action> named(std::string_view name) const;
  [[nodiscard]] const std::vector<Binding>& all() const noexcept { return all_; }

 private:
  std::vector<Binding> all_;
  std::set<std::pair<std::string, bool>>
      chosen_;  // keys that set() gave to an action, in the present and the past
};

/// Returns true if the action needs the agent of the session as it is now.
[[nodiscard]] constexpr bool needs_present(Action action) noexcept {
  return action == Action::kJump || action == Action::kAcknowledge;
}

/// Returns true if the action has an effect on a page of reports.
[[nodiscard]] bool applies_to_reports(Action action) noexcept;

/// The name of a key as in the table: `j`, `^d`, `Down`.
[[nodiscard]] std::string key_name(const tui::Event& event);

}  // namespace atm::cli
