// SPDX-License-Identifier: MIT
// Checks of files: the spool, the configuration, the secret of the HTTP transport, the programs' versions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "client_version.hpp"
#include "daemon_view.hpp"
#include "environment.hpp"
#include "finding.hpp"

namespace atm::cli::doctor {

/// The spool directories: beside the named socket, or beside each default one and in the state directory.
[[nodiscard]] std::vector<std::string> spool_directories(const Environment& around,
                                                         const std::vector<std::string>& sockets);

/// `spool`: waiting and dropped records, and whether the directories are usable.
void check_spools(const std::vector<std::string>& directories, bool has_daemon, Timestamp now, Findings& out);
/// The files in which hooks count records that no spool stores: beside the named socket, or in the runtime directory
/// and /tmp.
[[nodiscard]] std::vector<std::string> loss_files(const Environment& around);
/// `spool`: the number of records that these files count.
void check_losses_of_hooks(const std::vector<std::string>& files, Timestamp now, Findings& out);
/// `disk`: free space for records. If `directory` does not exist, its nearest existing parent counts.
void check_disk(const std::string& directory, Findings& out);
/// `config`: atmd's report on its configuration and its plugins.
void check_config(const Environment& around, Findings& out);
/// `http_token`: whether other users can read it.
void check_http_token(const Environment& around, Findings& out);
/// `versions`: of this program, the daemon, atm-hook and Claude Code.
void check_versions(const DaemonView& daemon, std::string_view ours, const std::vector<std::string>& hooks,
                    const std::optional<ClientVersion>& client, Findings& out);

}  // namespace atm::cli::doctor
