// SPDX-License-Identifier: MIT
// Checks of Claude Code's settings: whether its sessions report to the daemon.
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "claude_settings.hpp"
#include "client_version.hpp"
#include "daemon_view.hpp"
#include "environment.hpp"
#include "finding.hpp"

namespace atm::cli::doctor {

struct NeededEvent {
  std::string_view name;
  bool is_newer = false;  ///< versions before 2.1.197 may not know it and reject unknown names
};

/// The sufficient set of events (docs/operate/connect.md).
inline constexpr std::array<NeededEvent, 14> kNeededEvents{{{"SessionStart"},
                                                            {"SessionEnd"},
                                                            {"UserPromptSubmit"},
                                                            {"PreToolUse"},
                                                            {"PostToolUse"},
                                                            {"PostToolUseFailure", true},
                                                            {"PermissionRequest", true},
                                                            {"Notification"},
                                                            {"Stop"},
                                                            {"StopFailure", true},
                                                            {"SubagentStart", true},
                                                            {"SubagentStop"},
                                                            {"PreCompact"},
                                                            {"PostCompact", true}}};

using AllSettings = std::vector<ClaudeSettings>;

/// `settings`: files that Claude Code ignores.
void check_settings(const AllSettings& all, Findings& out);
/// `hooks`: whether the events are reported, and the missing ones.
void check_hooks(const AllSettings& all, const DaemonView& daemon, const Environment& around,
                 const std::optional<ClientVersion>& client, Findings& out);
/// `hooks_off`: settings that disable all hooks.
void check_hooks_off(const AllSettings& all, Findings& out);
/// `hook_program`: whether the programs of the settings exist and answer. Adds their versions.
void check_hook_programs(const AllSettings& all, const Environment& around,
                         std::vector<std::string>& versions, Findings& out);
/// `agent_socket`: settings that set another ATM_SOCKET than `answering`, the path of the daemon that answers.
void check_settings_socket(const AllSettings& all, const std::string& answering, Findings& out);
/// `status_line`: whether it reports or another one overrides it.
void check_status_line(const AllSettings& all, Findings& out);

}  // namespace atm::cli::doctor
