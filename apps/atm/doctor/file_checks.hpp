// SPDX-License-Identifier: MIT
// Checks of what lies about: the spool, the configuration, the secret of the HTTP transport, the programs' versions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "client_version.hpp"
#include "daemon_view.hpp"
#include "environment.hpp"
#include "finding.hpp"

namespace atm::cli::doctor {

/// Where hooks leave what no daemon takes: beside the named socket, or beside each usual one and in the state directory.
[[nodiscard]] std::vector<std::string> spool_directories(const Environment& around,
                                                         const std::vector<std::string>& sockets);

/// `spool`: what waits in these directories, what was dropped, and whether they can be used.
void check_spools(const std::vector<std::string>& directories, bool has_daemon, Timestamp now, Findings& out);
/// The files in which hooks count records that no spool takes: beside the named socket, or in the runtime directory and /tmp.
[[nodiscard]] std::vector<std::string> loss_files(const Environment& around);
/// `spool`: how many records these files count.
void check_losses_of_hooks(const std::vector<std::string>& files, Timestamp now, Findings& out);
/// `disk`: whether there is room for records. `directory` need not exist; what is above it then counts.
void check_disk(const std::string& directory, Findings& out);
/// `config`: what atmd says of its configuration and its plugins.
void check_config(const Environment& around, Findings& out);
/// `http_token`: whether others can read it.
void check_http_token(const Environment& around, Findings& out);
/// `versions`: of this program, the daemon, the hooks' program and the client.
void check_versions(const DaemonView& daemon, std::string_view ours, const std::vector<std::string>& hooks,
                    const ClientVersion& client, Findings& out);

}  // namespace atm::cli::doctor
