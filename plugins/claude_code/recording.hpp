// SPDX-License-Identifier: MIT
// For the tests: recorded flows (testdata/README.md) as records, and observations as lines of JSON.
#pragma once

#include <atm/testing/owned.hpp>
#include <atm/testing/plugin_instance.hpp>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace claude_code::recording {

struct Step {
  std::int64_t seq = 0;
  atm::testing::OwnedRecord record;
};

/// The hooks, status lines and session files of a flow, in order; or the lines of a transcript
/// (`FLOW.transcript.jsonl`), whose `seq` is their number. Throws std::runtime_error that names file and line.
[[nodiscard]] std::vector<Step> read_flow(const std::filesystem::path& file);

/// Every flow below testdata, sorted.
[[nodiscard]] std::vector<std::filesystem::path> flows();

/// The result of a step: a line per observation, with its time if it differs from the record's, or the reason of the
/// refusal.
[[nodiscard]] std::string expectation(const Step& step, const atm::testing::ParseResult& result);

}  // namespace claude_code::recording
