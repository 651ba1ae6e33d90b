// SPDX-License-Identifier: MIT
// The events of Claude Code that get hooks. A version that does not know a name opens a dialog at every start.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "client_version.hpp"

namespace atm::cli::setup {

struct HookEvent {
  std::string_view name;
  ClientVersion since;      ///< the oldest version that surely knows it
  bool is_http_too = true;  ///< Claude Code accepts HTTP hooks for it
};

/// The events for that version of Claude Code; without a version, those that all known versions have.
[[nodiscard]] std::vector<HookEvent> events_for(const std::optional<ClientVersion>& version);

/// Returns true if some version has it and ATM has a hook for it.
[[nodiscard]] bool is_event(std::string_view name) noexcept;

/// Returns true if that version accepts hooks of the type "http"; an older one may ignore the whole file.
[[nodiscard]] bool takes_http_hooks(const std::optional<ClientVersion>& version);

}  // namespace atm::cli::setup
