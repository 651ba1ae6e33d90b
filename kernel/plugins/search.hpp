// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "lib/config/problem.hpp"

namespace atm::kernel {

struct PluginDirectory {
  std::filesystem::path path;
  bool is_first_party = false;  ///< the built-in directory
  bool is_named = false;        ///< named by the user, so that its absence is a problem
};

/// The search path for plugins. Its order decides between two plugins with the same id.
struct SearchPath {
  std::vector<std::string> command_line;  ///< --plugin-dir
  std::string environment;                ///< ATM_PLUGIN_PATH, separated by colons
  std::filesystem::path user;             ///< $XDG_DATA_HOME/atm/plugins
  std::filesystem::path built_in;

  /// A repeated directory counts at its first position, but the built-in one stays first-party.
  [[nodiscard]] std::vector<PluginDirectory> directories() const;
};

/// A manifest, or the reason why a directory holds no readable one.
struct Candidate {
  std::filesystem::path file;
  bool is_first_party = false;
  std::optional<Problem> problem;
};

/// The manifests of each directory, by name. Opens no file that others can write. [main]
[[nodiscard]] std::vector<Candidate> find_candidates(const std::vector<PluginDirectory>& directories);

}  // namespace atm::kernel
