// SPDX-License-Identifier: MIT
#include <poll.h>

#include <chrono>
#include <span>
#include <stdexcept>
#include <thread>
#include <vector>

#include "client.hpp"
#include "corpus.hpp"
#include "payloads.hpp"
#include "scenarios.hpp"
#include "throughput.hpp"
#include "writer.hpp"

namespace atm::bench {
namespace {

constexpr int kRounds = 5;
constexpr int kIdleMs = 60'000;
constexpr std::string_view kHistory = "[plugins.history]\nkeep_days = 30\n";

std::int64_t stat(Client& client, std::string_view name) {
  const std::string stats = client.ask("{\"type\":\"get_stats\"}\n", "stats");
  const std::string_view value = member(stats, name);
  return value.empty() ? 0 : std::stoll(std::string(value));
}

struct Side {
  std::vector<double> per_s{};
  std::vector<double> registry_us{};  ///< CPU time of the registry's thread for each line
  double dropped = 0;
};

void run(const Programs& programs, const std::string& block, bool has_history, Side& side) {
  const auto look = [&](const Daemon& daemon) {
    side.registry_us.push_back(static_cast<double>(thread_cpu_ns(daemon.pid(), "atm-registry")) / 1e3 /
                               kThroughputLines);
    Client client(daemon.socket());
    if (has_history) side.dropped += static_cast<double>(stat(client, "inputs_dropped"));
  };
  side.per_s.push_back(
      measure_daemon(programs, block, 1, has_history ? kHistory : std::string_view(), look).per_s);
}

/// A store that gets 100,000 inputs a second for ten seconds.
void measure_paced(Table& table) {
  const TempDir dir;
  ::history::WriterOptions options;
  options.settings.directory = dir.path("history");
  options.boot = "boot";
  options.version = "1";
  options.wall_ns = [] {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  };
  options.monotonic_ns = [] {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now().time_since_epoch()).count();
  };
  options.report = [](bool, const std::string&) {};
  options.gauge = [](std::string_view, std::int64_t) {};
  ::history::Writer writer(options);
  std::thread thread([&writer] { writer.run(); });
  if (!writer.wait_open(10'000'000'000) || writer.failure())
    throw std::runtime_error("the history does not open");
  constexpr int kSeconds = 10;
  constexpr int kBatch = 1'000;
  Corpus corpus(options.wall_ns());
  std::vector<history::Input> inputs;
  for (int i = 0; i < 20 * kBatch; ++i) inputs.push_back(corpus.next());
  std::int64_t appended_ns = 0;
  const auto begin = Clock::now();
  for (int batch = 0; batch < 100 * kSeconds; ++batch) {
    std::this_thread::sleep_until(begin + std::chrono::milliseconds(10 * batch));
    for (int i = 0; i < kBatch; ++i) {
      inputs[static_cast<std::size_t>(batch % 20 * kBatch) + static_cast<std::size_t>(i)].lend(
          [&](const atm_stored& one) {
            const atm_stored* const pointer = &one;
            const auto before = Clock::now();
            if (writer.append(std::span(&pointer, 1)) == ATM_STORE_WANTS_CHECKPOINT)
              static_cast<void>(writer.checkpoint(std::string(50'000, 'x'), one.seq));
            appended_ns += (Clock::now() - before).count();
          });
    }
  }
  if (!writer.stop(60'000'000'000)) throw std::runtime_error("the history does not end");
  thread.join();
  const double total = 1e5 * kSeconds;
  table.add({"history: 100,000 inputs/s for 10 s",
             grouped(static_cast<double>(writer.state().dropped)) + " dropped", grouped(total) + " inputs",
             "", "0 dropped"});
  table.add({"history: append of one input", fixed(static_cast<double>(appended_ns) / 1e3 / total, 2) + " µs",
             "", "", "≤ 1.5 µs"});
}

}  // namespace

void measure_history_ingest(const Programs& programs, Table& table) {
  const std::string block = throughput_block();
  Side with;
  Side without;
  for (int i = 0; i < kRounds; ++i) {
    run(programs, block, false, without);
    run(programs, block, true, with);
  }
  const double rate = quantile(with.per_s, 0.5);
  const double reference = quantile(without.per_s, 0.5);
  table.add({"history: status lines into the registry",
             grouped(rate) + " lines/s, " + grouped(with.dropped) + " dropped",
             "without: " + grouped(reference) + " lines/s", fixed(100 * rate / reference, 0) + " %",
             "≥ 90 %"});
  const double cost = quantile(with.registry_us, 0.5);
  const double base = quantile(without.registry_us, 0.5);
  table.add({"history: CPU time of the registry's thread, a line", fixed(cost, 2) + " µs",
             "without: " + fixed(base, 2) + " µs", "+ " + fixed(cost - base, 2) + " µs", "+ ≤ 1.5 µs"});
  measure_paced(table);
}

void measure_history_idle(const Programs& programs, Table& table) {
  double kib[2] = {};
  for (const bool has_history : {false, true}) {
    const Daemon daemon(programs, has_history ? kHistory : std::string_view());
    Client client(daemon.socket());
    for (int i = 0; i < 100; ++i) client.send(status_line(i, i));
    client.settle(session_name(99));
    ::poll(nullptr, 0, 2'000);
    // The tail is sealed within a minute; the daemon has nothing to write then.
    if (has_history) ::poll(nullptr, 0, 70'000);
    const std::int64_t transactions = stat(client, "transactions");
    const std::int64_t written = written_bytes(daemon.pid());
    ::poll(nullptr, 0, has_history ? kIdleMs : 0);
    kib[has_history ? 1 : 0] = static_cast<double>(resident_kib(daemon.pid()));
    if (!has_history) continue;
    table.add({"history: transactions in an idle minute",
               grouped(static_cast<double>(stat(client, "transactions") - transactions)),
               grouped(static_cast<double>(written_bytes(daemon.pid()) - written)) + " bytes", "", "0"});
  }
  table.add({"history: resident memory, 100 sessions", fixed(kib[1] / 1024, 1) + " MiB",
             "without: " + fixed(kib[0] / 1024, 1) + " MiB",
             "+ " + fixed((kib[1] - kib[0]) / 1024, 1) + " MiB", "+ ≤ 6 MiB"});
}

}  // namespace atm::bench
