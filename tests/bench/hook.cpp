// SPDX-License-Identifier: MIT
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "client.hpp"
#include "payloads.hpp"
#include "scenarios.hpp"

namespace atm::bench {

namespace {

constexpr int kRounds = 400;
constexpr int kScriptRounds = 40;
constexpr std::size_t kLargeBytes = 1'000'000;

// What people write today: read the payload, wrap it, send it to the socket.
constexpr const char* kScript = R"sh(#!/bin/bash
payload=$(cat)
{
  printf '%s\n' '{"type":"hello","protocol_version":{"major":1,"minor":0},"client_type":"session"}'
  jq -c --arg pid "$PPID" --arg tty "$(tty)" --arg cwd "$PWD" '{type: "ingest", channel: "claude_code/hook",
    payload: ., context: {pid: ($pid | tonumber), tty: $tty, cwd: $cwd}}' <<<"$payload"
} | nc -N -U "$ATM_SOCKET" >/dev/null
)sh";

double run_ms(const std::vector<std::string>& command, const std::vector<std::string>& environment,
              const std::string& input) {
  const auto begin = Clock::now();
  wait_exit(spawn(command, environment, input, "/dev/null"));
  return ms_since(begin);
}

struct Spread {
  double p50;
  double p99;
};
Spread spread(const std::vector<double>& samples) {
  return {quantile(samples, 0.5), quantile(samples, 0.99)};
}

std::string shown(const Spread& s) {
  return "p50 " + fixed(s.p50, 2) + " ms, p99 " + fixed(s.p99, 2) + " ms";
}

// Taken in turns, so that what else the machine does falls on both.
struct Pair {
  Spread hook;
  Spread truth;
};
Pair measure_pair(const Programs& programs, const std::vector<std::string>& environment,
                  const std::string& input) {
  std::vector<double> hook;
  std::vector<double> truth;
  for (int i = 0; i < kRounds; ++i) {
    truth.push_back(run_ms({"/bin/true"}, environment, input));
    hook.push_back(run_ms({programs.atm_hook, "--agent", "claude_code"}, environment, input));
  }
  return {spread(hook), spread(truth)};
}

void add_pair(Table& table, const std::string& what, const Pair& pair, const std::string& budget) {
  table.add({what, shown(pair.hook), "/bin/true: " + shown(pair.truth),
             fixed(pair.hook.p50 / pair.truth.p50, 2) + " ×", budget});
}

}  // namespace

void measure_hook(const Programs& programs, Table& table) {
  const TempDir dir;
  const std::string small = dir.path() + "/small.json";
  const std::string large = dir.path() + "/large.json";
  const std::string script = dir.path() + "/hook.sh";
  const std::string scripted_input = dir.path() + "/scripted.json";
  std::ofstream(small) << hook_payload(1, "Bash");
  std::ofstream(scripted_input) << hook_payload(2, "Bash");
  std::ofstream(large) << "{\"session_id\":\"" << session_name(1)
                       << "\",\"hook_event_name\":\"PostToolUse\",\"tool_response\":\""
                       << std::string(kLargeBytes, 'x') << "\"}";
  std::ofstream(script) << kScript;

  std::vector<std::string> nobody{"PATH=/usr/bin:/bin", "ATM_SOCKET=" + dir.path() + "/nobody"};
  add_pair(table, "atm-hook, daemon down", measure_pair(programs, nobody, small), "≤ 1.3 ×");

  const Daemon daemon(programs);
  const Pair up = measure_pair(programs, daemon.environment(), small);
  add_pair(table, "atm-hook, daemon up", up, "≤ 1.3 ×, p99 ≤ 50 ms");

  std::vector<double> script_ms;
  script_ms.reserve(kScriptRounds);
  for (int i = 0; i < kScriptRounds; ++i)
    script_ms.push_back(run_ms({"/bin/bash", script}, daemon.environment(), scripted_input));
  const Spread scripted = spread(script_ms);
  // A hook that fails early is quick: only deliveries are compared.
  Client client(daemon.socket());
  if (client.settle(session_name(1)) + client.settle(session_name(2)) > 0)
    throw std::runtime_error("a hook's payload did not arrive");
  table.add({"atm-hook, daemon up", shown(up.hook), "bash + jq + nc: " + shown(scripted),
             "1 / " + fixed(scripted.p50 / up.hook.p50, 0), ""});

  add_pair(table, "atm-hook, payload of 1 MB", measure_pair(programs, daemon.environment(), large),
           "p99 ≤ 50 ms");
  table.add({"atm-hook, size of the program",
             fixed(static_cast<double>(std::filesystem::file_size(programs.atm_hook)) / 1024, 1) + " KiB", "",
             "", "≤ 64 KiB"});
}

}  // namespace atm::bench
