// SPDX-License-Identifier: MIT
// Stores what the user chose in the dashboard: $XDG_STATE_HOME/atm/tui.json.
#pragma once

#include <atm/domain/error.hpp>

#include "choice.hpp"

namespace atm::cli {

/// The stored choice; the default if there is none or it is unreadable.
[[nodiscard]] Choice read_choice();
/// Replaces the file atomically; it is readable by the user only.
[[nodiscard]] Result<void> write_choice(const Choice& choice);

}  // namespace atm::cli
