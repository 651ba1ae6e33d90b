// SPDX-License-Identifier: MIT
// The usage table of an agent's manifest, and the reader that follows it.
#pragma once

#include <atm/domain/error.hpp>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ledger/field_reader.hpp"
#include "ledger/usage_reader.hpp"

namespace atm::ledger {

/// `[usage]` of a manifest (docs/agents/manifest.md).
struct UsageTable {
  using Conditions = std::vector<std::pair<std::string, std::string>>;  // pointer and value
  using Members = std::map<std::string, std::string, std::less<>>;      // name and pointer

  std::string agent;
  std::string directory;           ///< as the manifest names it
  std::vector<std::string> files;  ///< patterns of paths below the directory
  Conditions when{};               ///< of a line that is a response
  std::vector<std::string> id{};   ///< the texts that identify a response together
  Members take{};
  Conditions header_when{};  ///< of the line that describes the session; none: no such line
  Members header_take{};
  std::map<std::string, std::vector<std::string>, std::less<>>
      tokens{};        ///< a pointer after `-` is subtracted
  std::string cost{};  ///< the agent's own dollars; empty: none

  /// Reads the table from the JSON form of a manifest that matches its schema. std::nullopt: it has no such table.
  [[nodiscard]] static std::optional<UsageTable> of_manifest(std::string_view agent, std::string_view json);
};

/// The parts of a path that `{project}`, `{session}` and `{subagent}` of a pattern stand for.
using PathParts = std::map<std::string, std::string, std::less<>>;
/// A pattern has the directories of the path; each may have one `*` or `{NAME}`. std::nullopt: it does not fit.
[[nodiscard]] std::optional<PathParts> match_path(std::string_view pattern, std::string_view path);

class ManifestReader final : public UsageReader {
 public:
  explicit ManifestReader(UsageTable table);

  void open(std::string_view below, std::string_view state) override;
  [[nodiscard]] LineResult read(std::string_view line, bool is_last, Record& record) override;
  [[nodiscard]] std::string state() const override;

 private:
  struct Condition {
    std::size_t field;
    std::string value;
  };
  struct Term {
    std::size_t field;
    bool is_negative;
  };
  [[nodiscard]] std::vector<Condition> conditions(const UsageTable::Conditions& from);
  [[nodiscard]] bool holds(const std::vector<Condition>& conditions) const;
  void read_header();
  [[nodiscard]] std::string_view text(std::string_view name) const;
  [[nodiscard]] bool read_usage(Usage& usage) const;

  UsageTable table_;
  FieldReader fields_;
  std::vector<Condition> when_;
  std::vector<Condition> header_when_;
  std::vector<std::size_t> id_;
  std::map<std::string, std::size_t, std::less<>> take_;
  std::map<std::string, std::size_t, std::less<>> header_take_;
  std::vector<std::pair<TokenKind, std::vector<Term>>> tokens_;
  std::size_t cost_ = SIZE_MAX;
  std::string word_;  // in each line that is a response

  // Of the file.
  PathParts path_;
  PathParts header_;
  bool has_header_ = false;
  std::string key_;
};

}  // namespace atm::ledger
