// SPDX-License-Identifier: MIT
// A part of the history as a scenario of the gauntlet (tests/gauntlet/README.md).
#pragma once

#include <history/input.hpp>
#include <map>
#include <string>
#include <string_view>

namespace atm::cli {

/// Writes observations as lines of a scenario. With redaction, equal texts get equal pseudonyms: sessions, processes'
/// hosts and terminals, directories and paths, ids.
class ScenarioWriter final {
 public:
  ScenarioWriter(std::int64_t begin_ns, bool is_redacted) : begin_ns_(begin_ns), is_redacted_(is_redacted) {}

  [[nodiscard]] static std::string header();
  /// The line of an observation; empty for any other input.
  [[nodiscard]] std::string line(const history::Input& input);

 private:
  [[nodiscard]] std::string shown(std::string_view kind, std::string_view text);
  [[nodiscard]] std::string shown_attribute(std::string_view key, const std::string& text);

  const std::int64_t begin_ns_;
  const bool is_redacted_;
  std::map<std::string, std::string, std::less<>> pseudonyms_;  // by kind and text
  std::map<std::string, int, std::less<>> counts_;              // by kind
};

}  // namespace atm::cli
