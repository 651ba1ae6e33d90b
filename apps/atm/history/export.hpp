// SPDX-License-Identifier: MIT
// A part of the history as a scenario of the gauntlet (tests/gauntlet/README.md).
#pragma once

#include <atm/domain/error.hpp>
#include <cstdint>
#include <history/input.hpp>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace atm::cli {

/// Writes inputs as lines of a scenario. With redaction, every text that is no word of the vocabulary or of the agent
/// becomes a pseudonym; equal texts get equal ones.
class ScenarioWriter final {
 public:
  ScenarioWriter(std::int64_t begin_ns, bool is_redacted) : begin_ns_(begin_ns), is_redacted_(is_redacted) {}

  /// The first line.
  [[nodiscard]] std::string header() const;
  /// A line with the member `observation`; that of another input has `input`, which the gauntlet skips: it derives them.
  [[nodiscard]] std::string line(const history::Input& input);

 private:
  [[nodiscard]] std::string shown(std::string_view kind, std::string_view text);
  [[nodiscard]] std::string shown_attribute(std::string_view key, const std::string& text);

  const std::int64_t begin_ns_;
  const bool is_redacted_;
  std::optional<std::int64_t> begin_awake_ns_;                  // awake time of the first input
  std::map<std::string, std::string, std::less<>> pseudonyms_;  // by kind and text
  std::map<std::string, int, std::less<>> counts_;              // by kind
};

/// Reads the lines that ScenarioWriter wrote.
class ScenarioReader final {
 public:
  /// `header`: the first line.
  [[nodiscard]] static Result<ScenarioReader> begin(std::string_view header);
  /// Any later line.
  [[nodiscard]] Result<history::Input> read(std::string_view line) const;
  /// Unix time.
  [[nodiscard]] std::int64_t begin_ns() const noexcept { return begin_ns_; }

 private:
  std::int64_t begin_ns_ = 1'800'000'000'000'000'000;  // that of a scenario, if the export does not name it
};

}  // namespace atm::cli
