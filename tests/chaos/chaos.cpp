// SPDX-License-Identifier: MIT
#include "chaos/chaos.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <exception>
#include <string>
#include <thread>

#include "chaos/faults.hpp"
#include "chaos/fixture.hpp"
#include "chaos/last_life.hpp"

namespace atm::test {
namespace {

using std::chrono::milliseconds;

/// Reads the counters of each life until it ends.
void sample(Fixture& run, const std::atomic<bool>& is_over) {
  while (!is_over) {
    const std::uint32_t life = run.account.lives();
    const auto stats = ask(run.places.socket(), {R"({"type":"get_stats"})"}, milliseconds(2000));
    if (stats && run.account.lives() == life) run.account.note_losses(stats->front());
    std::this_thread::sleep_for(milliseconds(100));
  }
}

void play(Fixture& run, double seconds) {
  const auto begin = Clock::now();
  const auto end =
      begin + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  const auto last_life = end - std::min<Clock::duration>(std::chrono::seconds(60), (end - begin) / 4);
  run.start();
  run.agents.go_on();
  std::atomic<bool> is_over{false};
  std::thread sampler([&] { sample(run, is_over); });
  try {
    while (Clock::now() < last_life) {
      run.dice.wait(100, 800);
      if (!run.is_running()) {
        run.findings.fault("the daemon ended by itself: " + end_text(*run.daemon->wait_end(milliseconds(0))));
        run.account.end_life(false);
        run.start();
      }
      run.dice.one_in(2) ? disturb(run) : end_and_start(run);
    }
    play_last_life(run, end);
    check_last_records(run);
  } catch (const std::exception& error) {
    run.findings.fault(error.what());
  }
  is_over = true;
  sampler.join();
}

std::size_t report(const Fixture& run) {
  const Balance balance = run.account.balance(run.agents, run.places.run(), run.graves);
  const double seconds = run.findings.seconds();
  std::printf("  %.0f s, %u daemons, %.1f records/s\n", seconds, run.account.lives(),
              static_cast<double>(run.agents.sent()) / seconds);
  for (const auto& [event, times] : run.findings.events())
    std::printf("  %4u times: %s\n", times, event.c_str());
  std::printf("%s", balance.text().c_str());
  return run.findings.faults() + balance.faults.size();
}

}  // namespace

std::size_t run_chaos(const ChaosOptions& options) {
  Fixture run(options);
  play(run, options.seconds);
  return report(run);
}

}  // namespace atm::test
