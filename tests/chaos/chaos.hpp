// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

namespace atm::test {

struct ChaosOptions {
  double seconds = 600;
  std::uint32_t seed = 1;
  std::size_t agents = 10;
  double records_per_second = 50;  ///< of all agents
  bool is_verbose = false;
};

/// Injects faults around a daemon for the given time, then compares. Prints each fault it finds and returns their
/// number.
[[nodiscard]] std::size_t run_chaos(const ChaosOptions& options);

struct KillOptions {
  std::uint32_t kills = 10'000;
  std::uint32_t seed = 1;
};

/// Kills daemons while they start and stop; each next start must serve. Returns the number of faults found.
[[nodiscard]] std::size_t run_kills(const KillOptions& options);

}  // namespace atm::test
