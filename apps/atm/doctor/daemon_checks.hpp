// SPDX-License-Identifier: MIT
// Checks of the daemon: whether it is up, and what it says is wrong.
#pragma once

#include <string>

#include "daemon_view.hpp"
#include "finding.hpp"

namespace atm::cli::doctor {

/// `daemon`: whether one answers, where and who it is.
void check_daemon(const DaemonView& daemon, Findings& out);
/// `socket`: other daemons, sockets nobody listens at, and one at a usual place while `named` points elsewhere.
void check_sockets(const DaemonView& daemon, const std::vector<std::string>& usual, const std::string& named,
                   Findings& out);
/// `plugin`: those that failed or are paused.
void check_plugins(const DaemonView& daemon, Findings& out);
/// `transport`: what listens besides the socket.
void check_transports(const DaemonView& daemon, Findings& out);
/// `drift`: what the agents send that their parsers do not know or cannot read.
void check_drift(const DaemonView& daemon, Findings& out);
/// `loss`: what the daemon had to drop or refuse.
void check_losses(const DaemonView& daemon, Findings& out);
/// `clock`: sessions that were heard of in the future.
void check_clock(const DaemonView& daemon, Timestamp now, Findings& out);

}  // namespace atm::cli::doctor
