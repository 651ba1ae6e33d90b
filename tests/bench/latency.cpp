// SPDX-License-Identifier: MIT
#include <poll.h>

#include <charconv>
#include <future>
#include <utility>

#include "client.hpp"
#include "payloads.hpp"
#include "scenarios.hpp"

namespace atm::bench {

namespace {

constexpr int kHooks = 2'000;
constexpr std::chrono::microseconds kPeriod{5'000};
constexpr std::string_view kMark = "\"BenchTool";
constexpr std::string_view kRevision = "\"rev\":";

int number_after(std::string_view line, std::string_view mark) {
  const std::size_t at = line.find(mark);
  if (at == std::string_view::npos) return -1;
  int number = -1;
  const std::string_view digits = line.substr(at + mark.size(), 12);
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

// The number in this scenario's tool name; -1 if the line has none.
int number_in(std::string_view line) {
  return number_after(line, kMark);
}

// The revision of the session in an event; its last member.
int revision_in(std::string_view line) {
  const std::size_t at = line.rfind(kRevision);
  return at == std::string_view::npos ? -1 : number_after(line.substr(at), kRevision);
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
  // Of hooks that the reader sees late, only the newest state is in its queue. The revision counts the others.
  int merged = 0;
  int revision = 0;
  auto subscriber = std::async(std::launch::async, [&] {
    for (int seen = 0; seen < kHooks;) {
      const std::string_view line = reader.line(std::chrono::seconds(5));
      const auto now = Clock::now();
      if (line.empty()) return;
      const int number = number_in(line);
      if (number < seen) continue;
      const auto index = static_cast<std::size_t>(number);
      samples.push_back(std::chrono::duration<double, std::milli>(now - written[index]).count());
      const int before = std::exchange(revision, revision_in(line));
      if (number > seen && revision - before == number - seen + 1) merged += number - seen;
      seen = number + 1;
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
       grouped(static_cast<double>(samples.size())) + " of " + grouped(kHooks) + " seen" +
           (merged == 0 ? "" : ", " + grouped(merged) + " merged with the next"),
       "", "p50 ≤ 0.15 ms, p99 ≤ 1 ms"});
}

}  // namespace atm::bench
