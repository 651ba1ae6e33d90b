// SPDX-License-Identifier: MIT
// What we add to a settings file of the client, and how it is taken out again. Texts in, texts out.
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

/// What of a file is there because of us. Kept in the journal: an empty array of the user's own is to stay.
struct CreatedContainers {
  bool hooks = false;                 ///< the member "hooks"
  std::vector<std::string> events{};  ///< members of "hooks"
  bool status_line = false;           ///< the member "statusLine"
  bool inherited = false;             ///< and it is a copy of what held elsewhere
};

struct Wanted {
  Programs programs;
  std::vector<HookEvent> events;
  bool is_client_known = true;  ///< otherwise an event that was right for the client once stays
  bool with_status_line = true;
  std::string http_token{};  ///< empty: every hook is a command
  /// In a project's file: the statusLine object that holds elsewhere and that ours would silence; else empty.
  std::string inherited_status_line{};
};

/// What became of the status line.
enum class StatusLine : std::uint8_t { kNone, kForeign, kMixed, kOwn, kWrapped };

struct Edited {
  std::string text{};                  ///< the whole file
  CreatedContainers made{};            ///< all of it, now and before
  std::vector<std::string> added{};    ///< events
  std::vector<std::string> updated{};  ///< events ownership entry of ours was another
  std::vector<std::string> removed{};  ///< events that lost our entry
  std::vector<std::string>
      mixed{};  ///< events with a command of the user's own that runs atm-hook; left alone
  StatusLine status_line = StatusLine::kNone;
  bool status_line_changed = false;
  std::string former_status_line{};  ///< the value as it was, raw; empty: there was none
};

/// `made`: by earlier runs, as far as known. kParseError: the text is malformed or has a part of a wrong type, which
/// the client would pass over as a whole; the message begins with LINE:COLUMN.
[[nodiscard]] Result<Edited> connect_settings(std::string_view text, const Wanted& wanted,
                                              const CreatedContainers& made);

/// Takes out exactly our entries, wherever they stand. Without `made`, containers that become empty are taken for ours.
[[nodiscard]] Result<Edited> disconnect_settings(std::string_view text,
                                                 const std::optional<CreatedContainers>& made);

/// Members of the file that are true: disableAllHooks, allowManagedHooksOnly.
[[nodiscard]] bool is_true(std::string_view text, std::string_view member);
/// The raw statusLine object; empty where there is none, or the file is malformed.
[[nodiscard]] std::string status_line_of(std::string_view text);
/// Whether the client's plugin that brings the same hooks is enabled.
[[nodiscard]] bool enables_our_plugin(std::string_view text);

/// The handler for one event, JSON on one line; also of the plugin's hooks.json.
[[nodiscard]] std::string handler_for(const HookEvent& event, const Wanted& wanted);

}  // namespace atm::cli::setup
