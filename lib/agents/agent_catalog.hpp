// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "lib/agents/agent_manifest.hpp"
#include "lib/agents/trusted_files.hpp"
#include "lib/config/problem.hpp"

namespace atm {

/// Where manifests are: NAME/agent.toml in each directory. Those of the user replace those of the installation.
struct AgentDirectories {
  std::filesystem::path installed;
  std::filesystem::path user;
  /// The list of the user's manifests that may name files; empty: none may.
  std::filesystem::path trusted{};
};

/// The name of that list in the state directory of ATM.
inline constexpr std::string_view kTrustedManifests = "trusted-manifests";

/// One agent.toml.
struct AgentFile {
  std::string id;
  std::string file;
  bool is_user = false;
  ReadManifest read{};
  std::string sha256{};  ///< of the text that was read, if the file is the user's
  Trust trust = Trust::kNotNeeded;

  /// Whether its manifest may be used.
  [[nodiscard]] bool is_usable() const noexcept {
    return read.manifest && (trust == Trust::kNotNeeded || trust == Trust::kTrusted);
  }
};

/// All manifests, by id, those of the user last. Reads at most 256 of each directory. A manifest that needs trust has a
/// problem that states the remedy. A manifest whose text `is_wanted` refuses is not parsed: it has no manifest and no
/// problem. [any]
[[nodiscard]] std::vector<AgentFile> find_agent_files(
    const AgentDirectories& directories, const std::function<bool(std::string_view text)>& is_wanted = {});

/// The agents in use. A manifest that is broken does not replace one that works: the last good one of the same agent
/// stays, at the start that of the installation. Instead of a manifest that needs trust, that of the installation is in
/// use at once. Synchronised.
class AgentCatalog final {
 public:
  /// Receives manifests() after each change. It calls no method of the catalog.
  using OnChange = std::function<void(const std::vector<AgentManifest>&)>;

  explicit AgentCatalog(AgentDirectories directories, OnChange on_change = {})
      : directories_(std::move(directories)), on_change_(std::move(on_change)) {}

  /// Reads the directories again if a file has changed. Returns a number that increases with each change of manifests() or problems(). [any]
  std::uint64_t refresh();

  /// By id. [any]
  [[nodiscard]] std::vector<AgentManifest> manifests() const;
  /// Of the last refresh(). [any]
  [[nodiscard]] std::vector<Problem> problems() const;

 private:
  [[nodiscard]] std::vector<AgentManifest> in_order() const;

  const AgentDirectories directories_;
  const OnChange on_change_;
  mutable std::mutex mutex_;  // guards the members below
  std::map<std::string, AgentManifest> in_use_;
  std::vector<Problem> problems_;
  std::string stamps_;  // of the files that were read last
  std::uint64_t revision_ = 0;
};

}  // namespace atm
