// SPDX-License-Identifier: MIT
#include <poll.h>

#include <charconv>
#include <future>

#include "client.hpp"
#include "payloads.hpp"
#include "scenarios.hpp"

namespace atm::bench {

namespace {

constexpr int kHooks = 2'000;
constexpr std::chrono::microseconds kPeriod{5'000};
constexpr std::string_view kMark = "\"BenchTool";

// The number after the mark in this scenario's tool name; -1 if the line has none.
int number_in(std::string_view line) {
  const std::size_t at = line.find(kMark);
  if (at == std::string_view::npos) return -1;
  int number = -1;
  const std::string_view digits = line.substr(at + kMark.size(), 8);
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

}  // namespace

void measure_latency(const Programs& programs, Table& table) {
  const Daemon daemon(programs);
  Client writer(daemon.socket());
  Client reader(daemon.socket());
  writer.send(status_line(0, 0));
  writer.settle(session_name(0));
  reader.ask("{\"type\":\"subscribe\"}\n", "sessions");

  std::vector<Clock::time_point> written(kHooks);
  std::vector<double> samples;
  auto subscriber = std::async(std::launch::async, [&] {
    for (std::size_t seen = 0; seen < kHooks;) {
      const std::string_view line = reader.line(std::chrono::seconds(5));
      const auto now = Clock::now();
      if (line.empty()) return;
      const int number = number_in(line);
      if (number < static_cast<int>(seen)) continue;
      const auto index = static_cast<std::size_t>(number);
      samples.push_back(std::chrono::duration<double, std::milli>(now - written[index]).count());
      seen = index + 1;
    }
  });

  auto next = Clock::now();
  for (int i = 0; i < kHooks; ++i) {
    next += kPeriod;
    const std::string line = hook_line(0, "BenchTool" + std::to_string(i));
    while (Clock::now() < next) ::poll(nullptr, 0, 1);
    written[static_cast<std::size_t>(i)] = Clock::now();
    writer.send(line);
  }
  subscriber.get();

  table.add(
      {"hook written to subscriber reading, 200/s",
       "p50 " + fixed(quantile(samples, 0.5), 3) + " ms, p99 " + fixed(quantile(samples, 0.99), 3) + " ms",
       grouped(static_cast<double>(samples.size())) + " of " + grouped(kHooks) + " seen", "",
       "p50 ≤ 0.15 ms, p99 ≤ 1 ms"});
}

}  // namespace atm::bench
