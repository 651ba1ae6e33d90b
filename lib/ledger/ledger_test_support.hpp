// SPDX-License-Identifier: MIT
// Trees of transcripts for tests, in the shapes that Claude Code writes.
#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "ledger/scan.hpp"
#include "ledger/summary.hpp"
#include "support/temp_dir.hpp"

namespace atm::test {

/// The transcript of session s1.
inline const std::string kFile = "-home-dev-proj/s1.jsonl";

/// One record of a response. The defaults are a small response of claude-sonnet-4-6.
struct Response {
  std::string id = "msg_01";
  std::string model = "claude-sonnet-4-6";
  unsigned input = 0;
  unsigned output = 0;
  unsigned write_5m = 0;
  unsigned write_1h = 0;
  unsigned read = 0;
  std::string session = "s1";
  std::string time = "2026-10-20T09:00:00.000Z";
  std::string request = "req_1";
  std::string usage_extra{};    // members behind the counts: `,"speed":"fast"`
  std::string message_extra{};  // members of the message
  std::string extra{};          // members of the record
};

/// The usage object of `response`.
inline std::string usage_of(const Response& response) {
  const auto number = [](unsigned value) { return std::to_string(value); };
  return R"({"input_tokens":)" + number(response.input) + R"(,"output_tokens":)" + number(response.output) +
         R"(,"cache_creation_input_tokens":)" + number(response.write_5m + response.write_1h) +
         R"(,"cache_read_input_tokens":)" + number(response.read) +
         R"(,"cache_creation":{"ephemeral_5m_input_tokens":)" + number(response.write_5m) +
         R"(,"ephemeral_1h_input_tokens":)" + number(response.write_1h) + "}" + response.usage_extra + "}";
}

/// A record with this usage object.
inline std::string line_with(const Response& response, const std::string& usage) {
  std::string line = R"({"type":"assistant","sessionId":")" + response.session + R"(","timestamp":")" +
                     response.time + R"(","requestId":")" + response.request +
                     R"(","cwd":"/home/dev/proj","gitBranch":"main")" + response.extra +
                     R"(,"message":{"role":"assistant")";
  if (!response.id.empty()) line += R"(,"id":")" + response.id + '"';
  if (!response.model.empty()) line += R"(,"model":")" + response.model + '"';
  return line + response.message_extra + R"(,"content":[{"type":"text","text":"x"}],"usage":)" + usage + "}}";
}
inline std::string line_of(const Response& response) {
  return line_with(response, usage_of(response));
}

/// A configuration directory with transcripts.
class Tree final {
 public:
  /// Appends lines to a file below `projects/`.
  void add(const std::string& file, const std::vector<std::string>& lines) {
    for (const std::string& line : lines) bytes(file, line + "\n");
  }
  void bytes(const std::string& file, const std::string& text) {
    const auto path = projects() / file;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary | std::ios::app) << text;
  }
  [[nodiscard]] std::filesystem::path projects() const { return dir_.path() / "config/projects"; }
  [[nodiscard]] std::string config() const { return (dir_.path() / "config").string(); }

 private:
  TempDir dir_;
};

/// Everything that a tree contains.
struct Read {
  ledger::Ledger ledger;
  ledger::LineCounts lines{};
  std::map<std::string, ledger::FileState> states;
  std::vector<std::string> problems;

  /// Reads what is new since the last call.
  void update(const std::vector<std::string>& configs, const ledger::PriceTable& prices) {
    const auto found = ledger::find_transcripts(configs);
    problems = found.problems;
    ledger::FileReader reader(ledger);
    lines = {};
    for (const auto& file : found.files) {
      std::string problem;
      if (!reader.read(file, states[file.path], problem)) problems.push_back(problem);
    }
    for (const auto& [path, state] : states) {
      const auto counts = ledger::all_counts(state);
      for (std::size_t i = 0; i < counts.size(); ++i) lines[i] += counts[i];
    }
    ledger.price(prices);
  }
  explicit Read(const Tree& tree, const ledger::PriceTable& prices = ledger::PriceTable::built_in()) {
    update({tree.config()}, prices);
  }
  Read() = default;

  [[nodiscard]] ledger::Sum total() const {
    ledger::Sum sum;
    for (const auto& [key, entry] : ledger.entries()) {
      for (std::size_t i = 0; i < entry.lines.size(); ++i) sum += sum_of(ledger.names(), entry, i);
    }
    return sum;
  }
  [[nodiscard]] std::string dollars() const { return ledger::exact_dollars(total().amount); }
  [[nodiscard]] std::uint64_t count(ledger::LineResult result) const {
    return lines[static_cast<std::size_t>(result)];
  }
  /// Sums by a dimension.
  [[nodiscard]] ledger::Groups by(ledger::Dimension dimension, const std::string& zone = "UTC") const {
    return ledger::sums(ledger, {dimension}, {}, ledger::Zone::open(zone).value());
  }
};

/// The exact dollars of these lines in one file.
inline std::string dollars_of(const std::vector<std::string>& lines) {
  Tree tree;
  tree.add("-home-dev-proj/s1.jsonl", lines);
  return Read(tree).dollars();
}

}  // namespace atm::test
