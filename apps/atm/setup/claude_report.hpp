// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "client_version.hpp"
#include "settings_edit.hpp"
#include "setup.hpp"

namespace atm::cli::setup {

/// The result of a run of setup, also of a dry run.
struct ClaudeReport {
  const SetupOptions& options;
  std::string file;
  std::string backup{};  ///< path; empty: there was no file
  std::optional<ClientVersion> version{};
  std::size_t events = 0;  ///< that report now
  bool has_plugin = false;
  bool is_restored = false;  ///< of a removal: byte for byte the former text
  bool is_deleted = false;
};

[[nodiscard]] std::string connected_text(const ClaudeReport& report, const Edited& edited);
[[nodiscard]] std::string disconnected_text(const ClaudeReport& report, const Edited& edited);

}  // namespace atm::cli::setup
