// SPDX-License-Identifier: MIT
// Checks of the daemon: whether it answers, and the problems it reports.
#pragma once

#include <string>

#include "daemon_view.hpp"
#include "finding.hpp"

namespace atm::cli::doctor {

/// `daemon`: whether a daemon answers, its socket and its pid. `autostart`: the program that starts when it is needed;
/// empty: none.
void check_daemon(const DaemonView& daemon, const std::string& autostart, Findings& out);
/// `socket`: other daemons, sockets without a listener, and one at a default path while `named` is another.
void check_sockets(const DaemonView& daemon, const std::vector<std::string>& usual, const std::string& named,
                   Findings& out);
/// `plugin`: failed or paused plugins.
void check_plugins(const DaemonView& daemon, Findings& out);
/// `transport`: the listeners besides the socket.
void check_transports(const DaemonView& daemon, Findings& out);
/// `drift`: input of the agents that the parsers do not know or cannot read.
void check_drift(const DaemonView& daemon, Findings& out);
/// `loss`: dropped or refused input.
void check_losses(const DaemonView& daemon, Findings& out);
/// `history`: whether it is written, its faults, its size, its age and its last write.
void check_history(const DaemonView& daemon, Timestamp now, Findings& out);
/// `clock`: sessions with evidence from the future.
void check_clock(const DaemonView& daemon, Timestamp now, Findings& out);

}  // namespace atm::cli::doctor
