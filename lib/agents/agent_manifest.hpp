// SPDX-License-Identifier: MIT
// The manifest of an agent, agent.toml (docs/agents/manifest.md): reads and checks it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/config/problem.hpp"

namespace atm {

/// A manifest that matches its schema.
struct AgentManifest {
  static constexpr std::size_t kMaxBytes = 64 * 1024;
  static constexpr std::size_t kMaxRules = 200;
  static constexpr std::int64_t kVersion = 1;

  std::string id;
  std::string name;
  /// The manifest as a JSON object. `hook` includes the keys of its dialect.
  std::string json;

  friend bool operator==(const AgentManifest&, const AgentManifest&) = default;
};

/// The result of reading one file: a manifest, or at least one problem.
struct ReadManifest {
  std::optional<AgentManifest> manifest;
  std::vector<Problem> problems;
};

/// Reads the text of `file`; `id` is the name of its directory. The files of dialects are in `dialects`. The regular
/// expressions of a manifest of the installation are not compiled: the tests of the project compile them. [any]
[[nodiscard]] ReadManifest read_agent_manifest(std::string_view text, const std::string& file,
                                               std::string_view id, const std::filesystem::path& dialects,
                                               bool is_installed = false);

struct AgentSchemas;
/// The compiled schemas, which exist while someone keeps them: the reader of many files does. [any]
[[nodiscard]] std::shared_ptr<const AgentSchemas> agent_schemas();

/// The schema of a manifest and of one of its rules (JSON Schema, draft 4).
[[nodiscard]] std::string_view agent_schema_text();
[[nodiscard]] std::string_view rule_schema_text();

/// Reads a regular file of root or of this user that others cannot write, at most `limit` bytes.
[[nodiscard]] std::optional<Problem> read_own_file(const std::filesystem::path& file, std::size_t limit,
                                                   std::string& text);

}  // namespace atm
