// SPDX-License-Identifier: MIT
#include "hook_timing.hpp"

#include <stdexcept>

#include "process.hpp"

namespace atm::bench {

const char* const kCommonScript = R"sh(#!/bin/bash
payload=$(cat)
{
  printf '%s\n' '{"type":"hello","protocol_version":{"major":1,"minor":0},"client_type":"session"}'
  jq -c --arg pid "$PPID" --arg tty "$(tty)" --arg cwd "$PWD" '{type: "ingest", channel: "claude_code/hook",
    payload: ., context: {pid: ($pid | tonumber), tty: $tty, cwd: $cwd}}' <<<"$payload"
} | nc -N -U "$ATM_SOCKET" >/dev/null
)sh";

double run_ms(const Command& command, const Environment& environment, const std::string& input) {
  const auto begin = Clock::now();
  const int code = wait_exit(spawn(command, environment, input, "/dev/null"));
  const double took = ms_since(begin);
  if (code != 0) throw std::runtime_error(command.front() + " exited with " + std::to_string(code));
  return took;
}

Spread spread(const std::vector<double>& samples) {
  return {quantile(samples, 0.5), quantile(samples, 0.99)};
}

std::string shown(const Spread& spread) {
  return "p50 " + fixed(spread.p50, 2) + " ms, p99 " + fixed(spread.p99, 2) + " ms";
}

Pair measure_pair(const Command& hook, const Environment& environment, const std::string& input, int rounds) {
  std::vector<double> hooks;
  std::vector<double> truths;
  for (int i = 0; i < rounds; ++i) {
    truths.push_back(run_ms({"/bin/true"}, environment, input));
    hooks.push_back(run_ms(hook, environment, input));
  }
  return {spread(hooks), spread(truths)};
}

void add_pair(Table& table, const std::string& what, const Pair& pair, const std::string& budget) {
  table.add({what, shown(pair.hook), "/bin/true: " + shown(pair.truth),
             fixed(pair.hook.p50 / pair.truth.p50, 2) + " ×", budget});
}

}  // namespace atm::bench
