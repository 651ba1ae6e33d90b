// SPDX-License-Identifier: MIT
// Which of the client's events we have hooks for. A name that a client does not know opens a dialog at its every start.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "client_version.hpp"

namespace atm::cli::setup {

struct HookEvent {
  std::string_view name;
  ClientVersion since;      ///< the oldest version that is known to know it
  bool is_http_too = true;  ///< the client takes HTTP hooks for it
};

/// The events for a client of that version; without one those that every version we know of has.
[[nodiscard]] std::vector<HookEvent> events_for(const std::optional<ClientVersion>& version);

/// Whether some client has it, and we a hook for it.
[[nodiscard]] bool is_event(std::string_view name) noexcept;

/// Whether that client is known to take hooks of the type "http"; an older one may drop the whole file.
[[nodiscard]] bool takes_http_hooks(const std::optional<ClientVersion>& version);

}  // namespace atm::cli::setup
