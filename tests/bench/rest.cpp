// SPDX-License-Identifier: MIT
#include <poll.h>

#include "client.hpp"
#include "payloads.hpp"
#include "scenarios.hpp"

namespace atm::bench {

namespace {

constexpr int kStarts = 15;
constexpr int kSessions = 100;
constexpr int kSettleMs = 2'000;
constexpr int kIdleMs = 35'000;  // longer than the pause between two clean-ups

}  // namespace

void measure_rest(const Programs& programs, Table& table) {
  std::vector<double> starts;
  for (int i = 0; i < kStarts; ++i) starts.push_back(Daemon(programs).start_ms());
  table.add({"start to listening, all plugins",
             "p50 " + fixed(quantile(starts, 0.5), 1) + " ms, max " + fixed(quantile(starts, 1), 1) + " ms",
             "", "", "≤ 50 ms"});

  const Daemon daemon(programs);
  Client client(daemon.socket());
  for (int i = 0; i < kSessions; ++i) client.send(status_line(i, i));
  client.settle(session_name(kSessions - 1));
  ::poll(nullptr, 0, kSettleMs);
  const std::int64_t before = cpu_ns(daemon.pid());
  const auto begin = Clock::now();
  ::poll(nullptr, 0, kIdleMs);
  const double share = static_cast<double>(cpu_ns(daemon.pid()) - before) / (ms_since(begin) * 1e6);
  table.add({"idle with 100 sessions", fixed(share * 100, 4) + " % of a core", "", "", "≤ 0.1 %"});
}

}  // namespace atm::bench
