// SPDX-License-Identifier: MIT
// Measures the time of a command from spawn to exit in the calling process.
#pragma once

#include <string>
#include <vector>

#include "table.hpp"

namespace atm::bench {

using Command = std::vector<std::string>;
using Environment = std::vector<std::string>;

/// Runs the command to its end with the file `input` on its standard input. Throws std::runtime_error if it does not
/// exit with 0.
[[nodiscard]] double run_ms(const Command& command, const Environment& environment, const std::string& input);

struct Spread {
  double p50 = 0;
  double p99 = 0;
};
[[nodiscard]] Spread spread(const std::vector<double>& samples);
[[nodiscard]] std::string shown(const Spread& spread);

/// A hook and /bin/true, alternating, so that other load affects both.
struct Pair {
  Spread hook;
  Spread truth;
};
[[nodiscard]] Pair measure_pair(const Command& hook, const Environment& environment, const std::string& input,
                                int rounds);
void add_pair(Table& table, const std::string& what, const Pair& pair, const std::string& budget);

/// A typical user script for bash: reads the payload, wraps it with jq, sends it with nc.
extern const char* const kCommonScript;

}  // namespace atm::bench
