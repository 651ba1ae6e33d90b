// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace atm::kernel {

/// Reads an environment variable; nothing when it is unset.
using Environment = std::function<std::optional<std::string>(const char* name)>;

/// The process's own environment.
[[nodiscard]] Environment process_environment();

/// Where things are, by the XDG Base Directory Specification 0.8. Nothing is made here.
struct Paths {
  std::filesystem::path config_file;   ///< $XDG_CONFIG_HOME/atm/atm.toml
  std::filesystem::path state_dir;     ///< $XDG_STATE_HOME/atm
  std::filesystem::path user_plugins;  ///< $XDG_DATA_HOME/atm/plugins

  /// Variables that are empty or no absolute path are ignored, as the specification wants. Without HOME the
  /// home directory comes from the user database.
  [[nodiscard]] static Paths from(const Environment& environment);
};

/// The directory of the running program, symbolic links resolved.
[[nodiscard]] std::filesystem::path program_dir();

}  // namespace atm::kernel
