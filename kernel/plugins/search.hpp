// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "kernel/config/problem.hpp"

namespace atm::kernel {

struct PluginDirectory {
  std::filesystem::path path;
  bool is_first_party = false;  ///< the built-in one
  bool is_named = false;        ///< by the user, so that its absence is a problem
};

/// Where plugins are looked for, in the order that decides between two of one id.
struct SearchPath {
  std::vector<std::string> command_line;  ///< --plugin-dir
  std::string environment;                ///< ATM_PLUGIN_PATH, colons between
  std::vector<std::string> configured;    ///< daemon.plugin_dirs
  std::filesystem::path user;             ///< $XDG_DATA_HOME/atm/plugins
  std::filesystem::path built_in;

  /// A directory that is named twice counts where it is named first, but the built-in one stays first-party.
  [[nodiscard]] std::vector<PluginDirectory> directories() const;
};

/// A manifest, or why a place holds none that may be read.
struct Candidate {
  std::filesystem::path file;
  bool is_first_party = false;
  std::optional<Problem> problem;
};

/// The manifests of each directory, by name. Nothing is opened that others can write. [main]
[[nodiscard]] std::vector<Candidate> find_candidates(const std::vector<PluginDirectory>& directories);

}  // namespace atm::kernel
