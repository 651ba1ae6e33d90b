// SPDX-License-Identifier: MIT
// Adds ATM's entries to the text of a Claude Code settings file and removes them.
#pragma once

#include <atm/domain/error.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "event_table.hpp"
#include "hook_command.hpp"

namespace atm::cli::setup {

/// The containers that ATM created. Kept in the journal, because an empty array of the user must stay.
struct CreatedContainers {
  bool hooks = false;                 ///< the member "hooks"
  std::vector<std::string> events{};  ///< members of "hooks"
  bool status_line = false;           ///< the member "statusLine"
  bool inherited = false;             ///< and it is a copy of one from another file
};

struct Wanted {
  Programs programs;
  std::vector<HookEvent> events;
  bool is_client_known = true;  ///< otherwise an event that an earlier run added stays
  bool with_status_line = true;
  std::string http_token{};  ///< empty: every hook is a command
  std::string hook_url{};    ///< of HTTP hooks
  /// In a project's file: the statusLine object of another file that ATM's would override; else empty.
  std::string inherited_status_line{};
  std::string agent{kClaudeAgent};  ///< its id, an argument of the hook command
  unsigned timeout = 5;             ///< of a hook, in the unit of the agent
  bool is_last = false;  ///< in a list of the user's, ATM's group comes last, so that no index changes
};

/// The change of the status line.
enum class StatusLine : std::uint8_t { kNone, kForeign, kMixed, kOwn, kWrapped };

struct Edited {
  std::string text{};                  ///< the whole file
  CreatedContainers made{};            ///< of this and earlier runs
  std::vector<std::string> added{};    ///< events
  std::vector<std::string> updated{};  ///< events whose entry of ATM changed
  std::vector<std::string> removed{};  ///< events that lost ATM's entry
  std::vector<std::string> mixed{};    ///< events with a command of the user that runs atm-hook; unchanged
  StatusLine status_line = StatusLine::kNone;
  bool status_line_changed = false;
  std::string former_status_line{};  ///< the raw former value; empty if there was none
};

/// `made`: by earlier runs, if known. kParseError: the text is malformed or a part has a wrong type, so that Claude
/// Code would ignore the whole file; the message begins with LINE:COLUMN.
[[nodiscard]] Result<Edited> connect_settings(std::string_view text, const Wanted& wanted,
                                              const CreatedContainers& made);

/// Removes exactly ATM's entries. Without `made`, emptied containers count as created by ATM.
[[nodiscard]] Result<Edited> disconnect_settings(std::string_view text,
                                                 const std::optional<CreatedContainers>& made,
                                                 std::string_view agent = kClaudeAgent);

/// Members of the file that are true: disableAllHooks, allowManagedHooksOnly.
[[nodiscard]] bool is_true(std::string_view text, std::string_view member);
/// The raw statusLine object; empty if there is none or the file is malformed.
[[nodiscard]] std::string status_line_of(std::string_view text);
/// Returns true if the Claude Code plugin with the same hooks is enabled.
[[nodiscard]] bool enables_our_plugin(std::string_view text);

/// The handler for one event, JSON on one line; also used in the plugin's hooks.json.
[[nodiscard]] std::string handler_for(const HookEvent& event, const Wanted& wanted);

}  // namespace atm::cli::setup
