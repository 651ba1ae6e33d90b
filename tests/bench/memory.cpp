// SPDX-License-Identifier: MIT
#include <poll.h>

#include <algorithm>
#include <stdexcept>

#include "client.hpp"
#include "payloads.hpp"
#include "scenarios.hpp"

namespace atm::bench {

namespace {

constexpr int kMany = 10'000;
constexpr int kSnapshots = 7;
constexpr int kStillLooks = 150;

// The retained memory of the daemon: temporary memory is returned at the next clean-up, here within a second.
double kept_kib(pid_t pid) {
  std::int64_t kib = resident_kib(pid);
  for (int still = 0; still < kStillLooks;) {
    ::poll(nullptr, 0, 10);
    const std::int64_t now = resident_kib(pid);
    still = now < kib ? 0 : still + 1;
    kib = std::min(kib, now);
  }
  return static_cast<double>(resident_kib(pid));
}

// Sends a hook and a status line of each session, and waits until they are in the registry.
void populate(Client& client, int sessions) {
  std::string lines;
  for (int i = 0; i < sessions; ++i) {
    lines += hook_line(i, "Bash");
    lines += status_line(i, i);
  }
  client.send(lines);
  const int refused = client.settle(session_name(sessions - 1));
  if (refused > 0) throw std::runtime_error(std::to_string(refused) + " lines were refused");
}

// The whole list, which may take several lines.
std::size_t read_snapshot(Client& client) {
  client.send("{\"type\":\"get_all_sessions\"}\n");
  for (std::size_t bytes = 0;;) {
    const std::string_view line = client.line();
    if (line.empty()) throw std::runtime_error("atmd does not answer get_all_sessions");
    if (has_type(line, "error")) throw std::runtime_error("atmd answers " + std::string(line));
    if (!has_type(line, "sessions")) continue;
    bytes += line.size();
    // The daemon may write the mark before or after the list.
    const std::string_view edges[] = {line.substr(0, 80),
                                      line.substr(line.size() < 80 ? 0 : line.size() - 80)};
    if (edges[0].find("\"more\":true") == std::string_view::npos &&
        edges[1].find("\"more\":true") == std::string_view::npos)
      return bytes;
  }
}

}  // namespace

void measure_memory(const Programs& programs, Table& table) {
  for (const int sessions : {1, 100, kMany}) {
    const Daemon daemon(programs, "sessions = 20000\ncleanup_seconds = 1\n");
    Client client(daemon.socket());
    const auto empty = static_cast<double>(resident_kib(daemon.pid()));
    populate(client, sessions);
    const double full = kept_kib(daemon.pid());
    table.add({"resident memory, " + grouped(sessions) + (sessions == 1 ? " session" : " sessions"),
               fixed(full / 1024, 1) + " MiB", "none: " + fixed(empty / 1024, 1) + " MiB",
               fixed(full / empty, 2) + " ×",
               sessions == kMany ? "≤ 60 MiB"
               : sessions == 100 ? "≤ 8 MiB"
                                 : ""});
    if (sessions != kMany) continue;

    std::vector<double> warm;
    double cold = 0;
    std::size_t bytes = 0;
    for (int i = 0; i < kSnapshots; ++i) {
      const auto begin = Clock::now();
      bytes = read_snapshot(client);
      (i == 0 ? cold : warm.emplace_back()) = ms_since(begin);
    }
    table.add({"snapshot of 10,000 sessions, " + fixed(static_cast<double>(bytes) / 1e6, 1) + " MB",
               fixed(quantile(warm, 0.5), 1) + " ms", "the first: " + fixed(cold, 1) + " ms",
               fixed(cold / quantile(warm, 0.5), 1) + " ×", "≤ 50 ms"});
    table.add({"resident memory after the snapshots", fixed(kept_kib(daemon.pid()) / 1024, 1) + " MiB"});
  }
}

}  // namespace atm::bench
