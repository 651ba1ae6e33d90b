// SPDX-License-Identifier: MIT
// The parts of the dashboard that appear in tmux: a status segment, a menu and a popup.
#pragma once

#include <atm/protocol/session.hpp>
#include <string>
#include <vector>

#include "command.hpp"

namespace atm::cli {

struct SegmentOptions {
  bool is_tmux = false;  ///< with colours for status-right
};

/// `2! 3> 1✓`: sessions that need the user, work, and are done. At most 24 columns; empty if all are 0.
[[nodiscard]] std::string segment_text(const std::vector<protocol::Session>& sessions, bool is_tmux);
/// Prints the segment. Without a daemon it prints nothing; it starts none.
[[nodiscard]] ExitCode run_segment(const Global& global, const SegmentOptions& options);

/// The command that shows the at most nine sessions that need the user, the longest wait first; `atm` is the path of
/// this program. Empty: none needs the user.
[[nodiscard]] std::vector<std::string> menu_command(const std::vector<protocol::Session>& sessions,
                                                    const std::string& atm);
[[nodiscard]] ExitCode run_menu(const Global& global);

/// Opens the dashboard in a popup of tmux.
[[nodiscard]] ExitCode run_popup(const Global& global);

}  // namespace atm::cli
