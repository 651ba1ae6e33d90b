// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace atm::kernel {

/// Reads an environment variable; nothing if it is unset.
using Environment = std::function<std::optional<std::string>(const char* name)>;

/// The environment of this process.
[[nodiscard]] Environment process_environment();

/// Paths by the XDG Base Directory Specification 0.8. Creates none of them.
struct Paths {
  std::filesystem::path config_file;   ///< $XDG_CONFIG_HOME/atm/atm.toml
  std::filesystem::path state_dir;     ///< $XDG_STATE_HOME/atm
  std::filesystem::path user_plugins;  ///< $XDG_DATA_HOME/atm/plugins

  /// Ignores empty and relative variables, as the specification demands. Without HOME the home directory comes from the
  /// user database.
  [[nodiscard]] static Paths from(const Environment& environment);
};

/// The directory of the running program, with symbolic links resolved.
[[nodiscard]] std::filesystem::path program_dir();

}  // namespace atm::kernel
