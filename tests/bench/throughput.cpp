// SPDX-License-Identifier: MIT
#include <atm/json.hpp>
#include <stdexcept>
#include <thread>

#include "client.hpp"
#include "payloads.hpp"
#include "scenarios.hpp"
#include "throughput.hpp"

namespace atm::bench {

namespace {

constexpr int kSessions = 20;
constexpr int kBlockLines = 20'000;
constexpr int kBlocks = 20;
constexpr double kLines = kThroughputLines;
static_assert(kThroughputLines == static_cast<double>(kBlockLines) * kBlocks);

// The minimum work for these lines: find the newline, build the document, read one member.
double bare_loop_per_s(const std::string& block) {
  std::size_t parsed = 0;
  std::vector<char> memory(64 * 1024);
  const auto begin = Clock::now();
  for (int round = 0; round < kBlocks; ++round) {
    std::string_view rest = block;
    while (!rest.empty()) {
      const std::size_t end = rest.find('\n');
      rapidjson::MemoryPoolAllocator<> pool(memory.data(), memory.size());
      json::Document document(&pool);
      document.Parse(rest.data(), end);
      if (!document.HasParseError() && document.HasMember("payload")) ++parsed;
      rest.remove_prefix(end + 1);
    }
  }
  const double seconds = ms_since(begin) / 1e3;
  if (static_cast<double>(parsed) != kLines)
    throw std::runtime_error("the bare loop could not parse its lines");
  return kLines / seconds;
}

}  // namespace

std::string throughput_block() {
  std::string block;
  for (int i = 0; i < kBlockLines; ++i) block += status_line(i % kSessions, i);
  return block;
}

Throughput measure_daemon(const Programs& programs, const std::string& block, int connections,
                          std::string_view config, const std::function<void(const Daemon&)>& at_end) {
  const Daemon daemon(programs, config);
  Client setup(daemon.socket());
  for (int i = 0; i < kSessions; ++i) setup.send(status_line(i, 0));
  setup.settle(session_name(0));

  std::vector<int> refused(static_cast<std::size_t>(connections));
  std::vector<std::thread> senders;
  senders.reserve(refused.size());
  const auto begin = Clock::now();
  for (int c = 0; c < connections; ++c) {
    senders.emplace_back([&, c] {
      Client client(daemon.socket());
      for (int round = c; round < kBlocks * 16; round += connections) {
        // One sixteenth of the block, so that the work divides evenly.
        const std::size_t part = block.size() / 16;
        const std::size_t index = static_cast<std::size_t>(round % 16);
        const std::size_t from = index == 0 ? 0 : block.find('\n', index * part) + 1;
        const std::size_t to = index == 15 ? block.size() : block.find('\n', (index + 1) * part) + 1;
        client.send(std::string_view(block).substr(from, to - from));
      }
      refused[static_cast<std::size_t>(c)] = client.settle(session_name(0));
    });
  }
  for (std::thread& sender : senders) sender.join();
  Throughput run{kLines / (ms_since(begin) / 1e3), 0};
  for (const int n : refused) run.refused += n;
  if (at_end) at_end(daemon);
  return run;
}

void measure_throughput(const Programs& programs, Table& table) {
  const std::string block = throughput_block();
  const double bare = bare_loop_per_s(block);
  const std::string reference = "bare loop: " + grouped(bare) + " lines/s";
  for (const int connections : {1, 16}) {
    const Throughput run = measure_daemon(programs, block, connections);
    const std::string refused = run.refused > 0 ? ", " + grouped(run.refused) + " refused" : "";
    table.add({"status lines into the registry, " + std::to_string(connections) +
                   (connections == 1 ? " connection" : " connections"),
               grouped(run.per_s) + " lines/s" + refused, reference, fixed(100 * run.per_s / bare, 0) + " %",
               connections == 1 ? "≥ 50 %, ≥ 250,000/s" : ""});
  }
  table.add({"length of such a line", grouped(static_cast<double>(block.size()) / kBlockLines) + " bytes"});
}

}  // namespace atm::bench
