// SPDX-License-Identifier: MIT
// gauntlet table            the tables of README.md; wrong states and lost attention on standard error
// gauntlet play PREFIX      the view of a client after each step of the scenarios with that prefix
// gauntlet play FILE        the same for one file, such as an export of the history
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "ablation.hpp"

namespace {

using namespace atm::gauntlet;

int print_table() {
  const Ablation ablation = ablate(read_scenarios(GAUNTLET_DIR));
  std::cout << table_by_group(ablation) << '\n' << table_by_variation(ablation);
  for (const std::string& one : ablation.wrong) std::cerr << one << '\n';
  for (const std::string& one : ablation.lost) std::cerr << one << '\n';
  return ablation.wrong.empty() ? 0 : 1;
}

int print_play(const std::string& which) {
  int failed = 0;
  const bool is_file = std::filesystem::is_regular_file(which);
  for (const Scenario& scenario :
       is_file ? std::vector{read_scenario(which)} : read_scenarios(GAUNTLET_DIR)) {
    if (!is_file && !scenario.name().starts_with(which)) continue;
    std::cout << scenario.name() << ": " << scenario.claim << '\n';
    const Played played = play(scenario, [](const Step& step, const View& view) {
      std::cout << "-- line " << step.line << ", " << static_cast<double>(step.at.count()) / 1e9 << " s\n";
      for (const auto& [id, session] : view.sessions()) std::cout << view.describe(id);
    });
    for (const std::string& failure : played.failures) std::cout << failure;
    failed += played.failures.empty() ? 0 : 1;
  }
  return failed == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::string_view mode = argc > 1 ? argv[1] : "";
    if (mode == "table" && argc == 2) return print_table();
    if (mode == "play" && argc == 3) return print_play(argv[2]);
    std::cerr << "gauntlet: wanted table, or play PREFIX or FILE\n";
  } catch (const std::exception& problem) {
    std::cerr << problem.what() << '\n';
  }
  return 2;
}
