// SPDX-License-Identifier: MIT
// Draws the dashboard. The same state, time and size give the same grid.
#pragma once

#include "arrangement.hpp"
#include "look.hpp"
#include "session_table.hpp"

namespace atm::cli {

/// Adapts the cursor to the new rows.
[[nodiscard]] Frame draw(Arrangement& arrangement, Look& look, const Scene& scene, tui::Grid empty);

/// Replaces each character that is not ASCII, for terminals without UTF-8.
void to_ascii(tui::Grid& grid);

}  // namespace atm::cli
