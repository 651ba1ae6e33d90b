// SPDX-License-Identifier: MIT
// atm-bench: prints figures and ratios of a release build as one Markdown table. docs/benchmarks.md contains the last
// one.
#include <array>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "scenarios.hpp"

namespace {

using atm::bench::Programs;
using atm::bench::Table;

struct Scenario {
  std::string_view name;
  void (*measure)(const Programs&, Table&);
};

constexpr std::array<Scenario, 17> kScenarios{{
    {"hook", &atm::bench::measure_hook},
    {"hook_line", &atm::bench::measure_hook_line},
    {"throughput", &atm::bench::measure_throughput},
    {"latency", &atm::bench::measure_latency},
    {"edges", &atm::bench::measure_edges},
    {"memory", &atm::bench::measure_memory},
    {"burst", &atm::bench::measure_burst},
    {"rest", &atm::bench::measure_rest},
    {"subscribers", &atm::bench::measure_subscribers},
    {"hostile", &atm::bench::measure_hostile},
    {"zmq", &atm::bench::measure_zmq},
    {"history", &atm::bench::measure_history},
    {"history_ingest", &atm::bench::measure_history_ingest},
    {"history_idle", &atm::bench::measure_history_idle},
    {"history_month", &atm::bench::measure_history_month},
    {"tui", &atm::bench::measure_tui},
    {"agents", &atm::bench::measure_agents},
}};

bool is_wanted(const std::vector<std::string_view>& names, std::string_view name) {
  if (names.empty()) return true;
  for (const std::string_view wanted : names) {
    if (wanted == name) return true;
  }
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string_view> names;
  for (int i = 1; i < argc; ++i) names.emplace_back(argv[i]);
  if (!names.empty() && names.front().substr(0, 1) == "-") {
    std::fputs("atm-bench", stdout);
    for (const Scenario& scenario : kScenarios) std::printf(" [%s]", std::string(scenario.name).c_str());
    std::puts(": all of them without arguments");
    return names.front() == "--help" || names.front() == "-h" ? 0 : 2;
  }

  const auto bin = std::filesystem::canonical("/proc/self/exe").parent_path();
  const std::string source = ATM_SOURCE_DIR;
  const Programs programs{bin / "atmd",
                          bin / "atm-hook",
                          bin / "atm",
                          bin.parent_path() / "lib/atm/plugins",
                          source + "/plugins/claude_code/testdata/2.1.330",
                          source + "/scripts"};
  Table table;
  int failed = 0;
  for (const Scenario& scenario : kScenarios) {
    if (!is_wanted(names, scenario.name)) continue;
    std::fprintf(stderr, "measuring: %s\n", std::string(scenario.name).c_str());
    try {
      scenario.measure(programs, table);
    } catch (const std::exception& e) {
      std::fprintf(stderr, "atm-bench: %s: %s\n", std::string(scenario.name).c_str(), e.what());
      ++failed;
    }
  }
  std::printf("%u cores\n\n", std::thread::hardware_concurrency());
  std::fflush(stdout);
  table.print(std::cout);
  return failed == 0 ? 0 : 1;
}
