// SPDX-License-Identifier: MIT
// The members of Claude Code's settings files that concern ATM. Read only; nothing else of them is kept.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "command_words.hpp"

namespace atm::cli::doctor {

/// Later files override earlier ones.
enum class SettingsLevel : std::uint8_t { kUser, kProject, kLocal, kManaged };

struct ClaudeSettings {
  SettingsLevel level = SettingsLevel::kUser;
  std::string path{};
  bool exists = false;
  std::string problem{};  ///< why it cannot be read; Claude Code then ignores the whole file

  struct Hook {
    std::string event;
    OurCommand ours;
  };
  std::vector<Hook> hooks{};    ///< hooks that run a program of ATM
  std::string socket{};         ///< ATM_SOCKET in the environment of the hooks; empty: not set
  bool has_http_hooks = false;  ///< a hook that posts to atmd
  bool disables_hooks = false;
  bool allows_managed_only = false;
  bool has_status_line = false;
  OurCommand status_line{};     ///< the programs of ATM in it
  bool has_our_plugin = false;  ///< the plugin of Claude Code with ATM's hooks is enabled
};

/// Ignores comments and extra commas, as Claude Code does.
[[nodiscard]] ClaudeSettings read_claude_settings(SettingsLevel level, const std::string& path);

/// All files that apply to a session started in `directory`, in ascending precedence.
[[nodiscard]] std::vector<ClaudeSettings> read_all_claude_settings(const std::string& claude_directory,
                                                                   const std::string& directory,
                                                                   const std::string& managed_directory);

}  // namespace atm::cli::doctor
