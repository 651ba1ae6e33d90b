// SPDX-License-Identifier: MIT
// WIRE-E3, WIRE-E4: after any loss a subscriber ends with the registry's state, and every loss is announced.
//
//   ATM_LOSS_SEED=N     runs the one trial of that seed
//   ATM_LOSS_TRIALS=N   runs that many instead of 10,000
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <random>
#include <string>

#include "loss_trial.hpp"
#include "support/catch.hpp"

using namespace atm::test;

namespace {

std::optional<std::uint32_t> number_of(const char* variable) {
  const char* const text = std::getenv(variable);  // NOLINT(concurrency-mt-unsafe): no thread sets it
  if (text == nullptr) return std::nullopt;
  return static_cast<std::uint32_t>(std::strtoul(text, nullptr, 10));
}

void print(const LossTally& tally) {
  std::printf("  %" PRIu64 " messages, %" PRIu64 " gaps that missed %" PRIu64 " events, %" PRIu64
              " parts of snapshots, %" PRIu64 " snapshots broken off\n",
              tally.messages, tally.gaps, tally.missed, tally.parts, tally.void_parts);
  std::printf("  %" PRIu64 " connections cut (%" PRIu64 " within a line), %" PRIu64
              " daemons restarted, %" PRIu64 " subscriptions replaced\n",
              tally.reconnects, tally.torn_lines, tally.restarts, tally.resubscriptions);
  std::printf("  %" PRIu64 " sessions ended with a daemon, %" PRIu64 " began with the next\n",
              tally.sessions_ended, tally.sessions_begun);
  std::printf("  %" PRIu64 " comparisons with the registry, %" PRIu64 " activities accounted for\n",
              tally.comparisons, tally.accounted);
}

}  // namespace

TEST_CASE("WIRE-E3, WIRE-E4: through 10,000 trials of loss and restart every copy equals the registry",
          "[loss]") {
  const auto one = number_of("ATM_LOSS_SEED");
  const std::uint32_t first = one ? *one : std::random_device{}() % 1'000'000'000;
  const std::uint32_t count = one ? 1 : number_of("ATM_LOSS_TRIALS").value_or(10'000);
  std::printf("loss trials: seeds %" PRIu32 " to %" PRIu32 "\n", first, first + count - 1);
  LossTally tally;
  for (std::uint32_t seed = first; seed < first + count; ++seed) {
    const std::string wrong = play_loss_trial(seed, tally);
    if (!wrong.empty()) FAIL("ATM_LOSS_SEED=" << seed << ": " << wrong);
  }
  print(tally);
  if (count < 1000) return;
  // The trials covered the cases.
  CHECK(tally.gaps > count / 2);
  CHECK(tally.parts > count / 2);
  CHECK(tally.void_parts > count / 20);
  CHECK(tally.reconnects > count / 2);
  CHECK(tally.torn_lines > count / 10);
  CHECK(tally.resubscriptions > count / 2);
  CHECK(tally.restarts > count / 20);
  CHECK(tally.sessions_ended > count / 20);
  CHECK(tally.sessions_begun > count / 20);
  CHECK(tally.comparisons > count);
  CHECK(tally.accounted > count);
  CHECK(tally.unaccounted_trials < count / 10);
}
