// SPDX-License-Identifier: MIT
// The same hooks by a parser in C++, by a manifest, and as observations that the agent states.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>
#include <string>
#include <string_view>

#include "client.hpp"
#include "payloads.hpp"
#include "process.hpp"
#include "scenarios.hpp"
#include "support/process_stat.hpp"

namespace atm::bench {

namespace {

constexpr int kSessions = 20;
constexpr int kBlockLines = 20'000;
constexpr int kBlocks = 5;
constexpr int kRounds = 5;
constexpr double kLines = static_cast<double>(kBlockLines) * kBlocks;

struct Way {
  const char* name;
  const char* channel;
  bool is_observation;
};

constexpr std::array<Way, 3> kWays{{
    {"a parser in C++", "claude_code/hook", false},
    {"a manifest", "qwen/hook", false},
    {"observations of the agent", "bench/observation", true},
}};

/// A tool use begins or ends: the hook, or what the other two make of it.
std::string payload_of(const Way& way, int session, int step) {
  const bool is_begin = step % 2 == 0;
  const std::string tool = std::to_string(step / 2);
  if (way.is_observation)
    return std::string("{\"type\":\"") + (is_begin ? "tool.started" : "tool.finished") +
           "\",\"session_id\":\"" + session_name(session) +
           "\",\"attrs\":{\"cwd\":\"/home/dev/project\",\"permission_mode\":\"default\",\"tool\":\"Bash\"," +
           (is_begin ? "" : "\"is_error\":false,") + "\"tool_use_id\":\"toolu_" + tool + "\"}}";
  std::string payload = hook_payload(session, tool);
  const std::string_view event = "PreToolUse";
  if (!is_begin) payload.replace(payload.find(event), event.size(), "PostToolUse");
  return payload;
}

std::string block_of(const Way& way) {
  const std::string pid = std::to_string(::getpid());
  const std::string context = "{\"pid\":" + pid +
                              ",\"start_ticks\":" + std::to_string(test::start_ticks_of(::getpid())) +
                              ",\"tty\":\"/dev/pts/3\",\"tmux_pane\":\"%4\",\"cwd\":\"/home/dev/project\"}";
  std::string block;
  for (int i = 0; i < kBlockLines; ++i)
    block += std::string("{\"type\":\"ingest\",\"channel\":\"") + way.channel + "\",\"context\":" + context +
             ",\"payload\":" + payload_of(way, i % kSessions, i / kSessions) + "}\n";
  return block;
}

std::int64_t number_in(std::string_view text) {
  std::int64_t number = -1;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

/// The changes of each session so far.
std::array<std::int64_t, kSessions> revisions(Client& client) {
  std::array<std::int64_t, kSessions> all{};
  for (int i = 0; i < kSessions; ++i) {
    const std::string reply =
        client.ask("{\"type\":\"get_session\",\"session_id\":\"" + session_name(i) + "\"}\n", "session");
    all[static_cast<std::size_t>(i)] = number_in(member(reply, "rev"));
  }
  return all;
}

/// Each begin and each end of a tool use is a change of its session: fewer changes mean that lines were skipped.
void require_tool_uses(const std::array<std::int64_t, kSessions>& before,
                       const std::array<std::int64_t, kSessions>& after) {
  constexpr std::int64_t kExpected = std::int64_t{kBlockLines} * kBlocks / kSessions;
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (after[i] - before[i] < kExpected)
      throw std::runtime_error("session " + std::to_string(i) + " changed " +
                               std::to_string(after[i] - before[i]) + " times, expected " +
                               std::to_string(kExpected) + ": tool uses are missing in the registry");
  }
}

struct Run {
  double per_s = 0;
  double cpu_us = 0;  ///< of the daemon, for a line
};

Run run_of(const Programs& programs, const std::string& block) {
  const Daemon daemon(programs);
  Client client(daemon.socket());
  client.send(block);
  if (client.settle(session_name(0)) != 0) throw std::runtime_error("atmd refused a line");
  const auto changes = revisions(client);
  const std::int64_t before = cpu_ns(daemon.pid());
  const auto begin = Clock::now();
  for (int i = 0; i < kBlocks; ++i) client.send(block);
  if (client.settle(session_name(0)) != 0) throw std::runtime_error("atmd refused a line");
  const double ms = ms_since(begin);
  const std::int64_t used = cpu_ns(daemon.pid()) - before;
  require_tool_uses(changes, revisions(client));
  return {kLines / ms * 1e3, static_cast<double>(used) / 1e3 / kLines};
}

}  // namespace

void measure_agents(const Programs& programs, Table& table) {
  std::array<std::string, kWays.size()> blocks;
  std::array<std::vector<double>, kWays.size()> per_s;
  std::array<std::vector<double>, kWays.size()> cpu_us;
  for (std::size_t i = 0; i < kWays.size(); ++i) blocks[i] = block_of(kWays[i]);
  // Alternating, so that other work of the machine meets all of them.
  for (int round = 0; round < kRounds; ++round) {
    for (std::size_t i = 0; i < kWays.size(); ++i) {
      const Run run = run_of(programs, blocks[i]);
      per_s[i].push_back(run.per_s);
      cpu_us[i].push_back(run.cpu_us);
    }
  }
  const double base = quantile(per_s[0], 0.5);
  const double base_cpu = quantile(cpu_us[0], 0.5);
  for (std::size_t i = 0; i < kWays.size(); ++i) {
    const double value = quantile(per_s[i], 0.5);
    const double cpu = quantile(cpu_us[i], 0.5);
    table.add({std::string("hooks of tools into the registry by ") + kWays[i].name,
               grouped(value) + " lines/s, " + fixed(cpu, 1) + " µs of CPU time",
               i == 0 ? "" : "in C++: " + grouped(base) + " lines/s, " + fixed(base_cpu, 1) + " µs",
               i == 0 ? "" : fixed(100 * value / base, 0) + " %", i == 1 ? "≥ 60 %" : ""});
  }
}

}  // namespace atm::bench
