// SPDX-License-Identifier: MIT
// Each testdata/*/FLOW.jsonl results in the observations of FLOW.expected.jsonl. ATM_UPDATE=1 rewrites the latter:
// review the difference before you commit it.
#include <atm/plugin/entry.hpp>
#include <atm/testing.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "recording.hpp"
#include "support/catch.hpp"

extern "C" const atm_plugin atm_plugin_v1;

namespace {

using claude_code::recording::Step;
namespace fs = std::filesystem;

std::string read_file(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

bool is_update() {
  const char* update = std::getenv("ATM_UPDATE");
  return update != nullptr && std::string_view(update) == "1";
}

/// The first line in which two texts differ, for a readable failure.
std::string first_difference(const std::string& found, const std::string& wanted) {
  const auto [a, b] = std::mismatch(found.begin(), found.end(), wanted.begin(), wanted.end());
  if (a == found.end() && b == wanted.end()) return {};
  const auto line_at = [](const std::string& text, std::ptrdiff_t at) {
    const std::size_t offset = static_cast<std::size_t>(at);
    const std::size_t newline = offset == 0 ? std::string::npos : text.rfind('\n', offset - 1);
    const std::size_t from = newline == std::string::npos ? 0 : newline + 1;
    return text.substr(from, text.find('\n', from) - from);
  };
  return "found:  " + line_at(found, a - found.begin()) + "\nwanted: " + line_at(wanted, b - wanted.begin());
}

}  // namespace

// The flow handmade/wrong_types has values of wrong types; most flows have null values.
TEST_CASE("OBS-O4, OBS-O5: a recorded flow gives the expected observations") {
  const atm::testing::FakeHost host;
  const atm::testing::PluginInstance parser(atm_plugin_v1, host);
  const std::vector<fs::path> flows = claude_code::recording::flows();
  REQUIRE(flows.size() >= 20);
  for (const fs::path& flow : flows) {
    DYNAMIC_SECTION(flow.parent_path().filename().string() << '/' << flow.stem().string()) {
      std::string found;
      for (const Step& step : claude_code::recording::read_flow(flow))
        found += claude_code::recording::expectation(step, parser.parse(step.record));
      fs::path expected = flow;
      expected.replace_extension(".expected.jsonl");
      if (is_update()) std::ofstream(expected, std::ios::binary) << found;
      INFO("ATM_UPDATE=1 rewrites " << expected.string());
      CHECK(first_difference(found, read_file(expected)).empty());
    }
  }
}

TEST_CASE("every observation of a recorded flow has agent, channel and time") {
  const atm::testing::FakeHost host;
  const atm::testing::PluginInstance parser(atm_plugin_v1, host);
  for (const fs::path& flow : claude_code::recording::flows()) {
    for (const Step& step : claude_code::recording::read_flow(flow)) {
      for (const atm::testing::OwnedObservation& o : parser.parse(step.record).observations) {
        CHECK(o.agent == "claude_code");
        CHECK(o.origin == step.record.channel);
        // A level and a transcript record have their own time.
        const bool has_own_time = o.type == "state.reported" || o.attrs.count("recorded") != 0;
        if (!has_own_time) CHECK(o.time_ns == step.record.time_ns);
        CHECK(o.time_ns > 0);
        CHECK_FALSE(o.type.starts_with("attention."));  // OBS-T8
      }
    }
  }
}

TEST_CASE("OBS-O9: no prompt, tool input or tool output of a flow leaves the parser") {
  // The prompts, files, commands and outputs of the flows each contain one of these.
  constexpr std::string_view kPrivate[] = {"scn=",   "touch ",   "echo ",      "hello", "Finished.",
                                           "<task-", "MCP done", "Your name?", "secret"};
  const atm::testing::FakeHost host;
  const atm::testing::PluginInstance parser(atm_plugin_v1, host);
  for (const fs::path& flow : claude_code::recording::flows()) {
    for (const Step& step : claude_code::recording::read_flow(flow)) {
      const std::string lines = claude_code::recording::expectation(step, parser.parse(step.record));
      for (const std::string_view secret : kPrivate) {
        INFO(flow.string() << ": " << lines);
        CHECK(lines.find(secret) == std::string::npos);
      }
    }
  }
}
