// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <set>
#include <string>
#include <string_view>

namespace claude_code {

struct SourceOptions {
  bool transcripts = true;                ///< follow the transcripts of live sessions
  std::set<std::string> config_dirs;      ///< configuration directories of Claude Code; absolute
  std::chrono::seconds discover_every{};  ///< search for directories of running agents; 0: on request

  /// Reads the plugin's configuration. `default_config_dir` applies if the configuration names no directory;
  /// empty: none. Throws std::invalid_argument if a directory is not absolute.
  static SourceOptions read(std::string_view config_json, const std::string& default_config_dir);
};

}  // namespace claude_code
