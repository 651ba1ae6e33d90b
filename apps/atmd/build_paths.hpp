// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>

/// The directory of the plugins that belong to this atmd, relative to the directory of the program: an installation can
/// be moved as a whole, and the build tree uses its own plugins.
[[nodiscard]] inline std::filesystem::path built_in_plugins(const std::filesystem::path& program_dir) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path installed = (program_dir / ATM_PLUGINS_FROM_BIN).lexically_normal();
  const fs::path beside = (program_dir / "../lib/atm/plugins").lexically_normal();
  return fs::exists(installed, error) || !fs::exists(beside, error) ? installed : beside;
}

/// The directory of the manifests that belong to this atmd, found in the same way.
[[nodiscard]] inline std::filesystem::path built_in_agents(const std::filesystem::path& program_dir) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path installed = (program_dir / ATM_AGENTS_FROM_BIN).lexically_normal();
  const fs::path beside = (program_dir / "../share/atm/agents").lexically_normal();
  return fs::exists(installed, error) || !fs::exists(beside, error) ? installed : beside;
}
