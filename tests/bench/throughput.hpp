// SPDX-License-Identifier: MIT
// Status lines through a daemon, as fast as it takes them.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "daemon.hpp"

namespace atm::bench {

/// The number of lines of a run: the block is sent 20 times.
inline constexpr double kThroughputLines = 400'000;

struct Throughput {
  double per_s = 0;
  int refused = 0;
};

/// 20,000 lines of 20 sessions.
[[nodiscard]] std::string throughput_block();
/// Ends with the answer to a request after the last line: by then every line is in the registry or refused. `config` is
/// that of Daemon; `at_end` runs before the daemon stops.
[[nodiscard]] Throughput measure_daemon(const Programs& programs, const std::string& block, int connections,
                                        std::string_view config = {},
                                        const std::function<void(const Daemon&)>& at_end = {});

}  // namespace atm::bench
