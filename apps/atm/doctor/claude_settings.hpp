// SPDX-License-Identifier: MIT
// What the settings files of Claude Code say that concerns us. Read only; nothing else of them is kept.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "command_words.hpp"

namespace atm::cli::doctor {

/// The later go before the earlier ones.
enum class SettingsLevel : std::uint8_t { kUser, kProject, kLocal, kManaged };

struct ClaudeSettings {
  SettingsLevel level = SettingsLevel::kUser;
  std::string path{};
  bool exists = false;
  std::string problem{};  ///< why it cannot be read; the client then passes the whole file over

  struct Hook {
    std::string event;
    OurCommand ours;
  };
  std::vector<Hook> hooks{};    ///< the ones that run something of ours
  bool has_http_hooks = false;  ///< some that post to us
  bool disables_hooks = false;
  bool allows_managed_only = false;
  bool has_status_line = false;
  OurCommand status_line{};     ///< what of it is ours
  bool has_our_plugin = false;  ///< the client's plugin that brings our hooks is enabled
};

/// Comments and commas too many are passed over, as the client does.
[[nodiscard]] ClaudeSettings read_claude_settings(SettingsLevel level, const std::string& path);

/// All that count for a session started in `directory`, the ones that go first last.
[[nodiscard]] std::vector<ClaudeSettings> read_all_claude_settings(const std::string& claude_directory,
                                                                   const std::string& directory,
                                                                   const std::string& managed_directory);

}  // namespace atm::cli::doctor
