// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "lib/agents/agent_manifest.hpp"
#include "lib/config/problem.hpp"

namespace atm {

/// Where manifests are: NAME/agent.toml in each directory. Those of the user replace those of the installation.
struct AgentDirectories {
  std::filesystem::path installed;
  std::filesystem::path user;
};

/// One agent.toml.
struct AgentFile {
  std::string id;
  std::string file;
  bool is_user = false;
  ReadManifest read{};
};

/// All manifests, by id, those of the user last. Reads at most 256 of each directory. [any]
[[nodiscard]] std::vector<AgentFile> find_agent_files(const AgentDirectories& directories);

/// The agents in use. A manifest that is broken does not replace one that works: the last good one of the same agent
/// stays, at the start that of the installation. Synchronised.
class AgentCatalog final {
 public:
  explicit AgentCatalog(AgentDirectories directories) : directories_(std::move(directories)) {}

  /// Reads the directories again if a file has changed. Returns a number that increases with each change of manifests() or problems(). [any]
  std::uint64_t refresh();

  /// By id. [any]
  [[nodiscard]] std::vector<AgentManifest> manifests() const;
  /// Of the last refresh(). [any]
  [[nodiscard]] std::vector<Problem> problems() const;

 private:
  const AgentDirectories directories_;
  mutable std::mutex mutex_;  // guards the members below
  std::map<std::string, AgentManifest> in_use_;
  std::vector<Problem> problems_;
  std::string stamps_;  // of the files that were read last
  std::uint64_t revision_ = 0;
};

}  // namespace atm
