// SPDX-License-Identifier: MIT
// Injects faults around a real daemon and prints the violations. scripts/chaos builds and runs it.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <random>
#include <stdexcept>
#include <string>

#include "chaos/chaos.hpp"

int main(int argc, char** argv) {
  atm::test::ChaosOptions chaos;
  atm::test::KillOptions kills;
  bool is_kills = false;
  chaos.seed = std::random_device{}() % 1'000'000;
  try {
    for (int i = 1; i < argc; ++i) {
      const std::string option = argv[i];
      if (option == "--verbose") {
        chaos.is_verbose = true;
        continue;
      }
      const std::string value = i + 1 < argc ? argv[++i] : "";
      if (option == "--minutes") {
        chaos.seconds = 60 * std::stod(value);
      } else if (option == "--seed") {
        chaos.seed = static_cast<std::uint32_t>(std::stoul(value));
      } else if (option == "--rate") {
        chaos.records_per_second = std::stod(value);
      } else if (option == "--kills") {
        kills.kills = static_cast<std::uint32_t>(std::stoul(value));
        is_kills = true;
      } else {
        throw std::invalid_argument(option);
      }
    }
  } catch (const std::exception&) {
    std::fputs("usage: chaos [--minutes N | --kills N] [--seed N] [--rate RECORDS_PER_SECOND] [--verbose]\n",
               stderr);
    return 2;
  }
  kills.seed = chaos.seed;
  const std::string replay = is_kills ? "scripts/chaos --kills " + std::to_string(kills.kills)
                                      : "scripts/chaos --minutes " + std::to_string(chaos.seconds / 60);
  std::printf("chaos: %s --seed %u\n", replay.c_str(), chaos.seed);
  std::fflush(stdout);
  try {
    const std::size_t faults = is_kills ? atm::test::run_kills(kills) : atm::test::run_chaos(chaos);
    std::printf("chaos: %zu faults\n", faults);
    return faults == 0 ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "chaos: %s\n", error.what());
    return 1;
  }
}
