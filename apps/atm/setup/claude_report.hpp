// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "client_version.hpp"
#include "settings_edit.hpp"
#include "setup.hpp"

namespace atm::cli::setup {

/// What a run of setup did, or would do.
struct ClaudeReport {
  const SetupOptions& options;
  std::string file;
  std::string backup{};  ///< path; empty: there was nothing to keep
  std::optional<ClientVersion> version{};
  std::size_t events = 0;  ///< that report now
  bool has_plugin = false;
  bool is_restored = false;  ///< of a removal: byte for byte what it was
  bool is_deleted = false;
};

[[nodiscard]] std::string connected_text(const ClaudeReport& report, const Edited& edited);
[[nodiscard]] std::string disconnected_text(const ClaudeReport& report, const Edited& edited);
/// "a, b, c"
[[nodiscard]] std::string listed(const std::vector<std::string>& names);

}  // namespace atm::cli::setup
