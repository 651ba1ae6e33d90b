// SPDX-License-Identifier: MIT
#include <atm/domain/exhaustion.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "support/catch.hpp"

namespace {

constexpr std::int64_t kHour = 3'600;
constexpr std::int64_t kReset = 1'795'370'000;
constexpr std::int64_t kLength = 5 * kHour;

// Work that comes in bursts of different length and rate until 100 % is used.
class GeneratedWindow final {
 public:
  GeneratedWindow(double length, std::mt19937_64& random) {
    const double work = length * uniform(random, 0.02, 0.1);
    const double idle = length * uniform(random, 0.01, 0.07);
    const double rate = 100 / (length * uniform(random, 0.25, 0.7)) * (work + idle) / work;
    double time = 0;
    double used = 0;
    while (used < 100) {
      const double duration = -std::log(uniform(random, 1e-9, 1)) * work;
      const double burst_rate = rate * uniform(random, 0.4, 1.6);
      bursts_.push_back({time, used, burst_rate, duration});
      used += burst_rate * duration;
      time += duration - std::log(uniform(random, 1e-9, 1)) * idle;
    }
    const Burst& last = bursts_.back();
    full_at = last.begin + (100 - last.used) / last.rate;
  }
  [[nodiscard]] double used(double time) const {
    double used = 0;
    for (const Burst& burst : bursts_) {
      if (time < burst.begin) break;
      used = burst.used + burst.rate * std::min(burst.length, time - burst.begin);
    }
    return used;
  }
  static double uniform(std::mt19937_64& random, double low, double high) {
    // std::uniform_real_distribution is not the same everywhere.
    return low + (high - low) * static_cast<double>(random() >> 11) / 9007199254740992.0;
  }

  double full_at = 0;

 private:
  struct Burst {
    double begin;
    double used;
    double rate;
    double length;
  };
  std::vector<Burst> bursts_;
};

}  // namespace

TEST_CASE("a limit is used up at the average rate since its window began") {
  const auto half = atm::exhaustion(50, kReset, kLength, kReset - 3 * kHour);
  REQUIRE(half);
  CHECK(half->at == kReset - kHour);
  CHECK(half->error > 0);
  CHECK(half->error < 2 * kHour);
  CHECK(atm::exhaustion(100, kReset, kLength, kReset - kHour)->at == kReset - kHour);
}

TEST_CASE("a limit that lasts until its reset, or a report of another window, has no such time") {
  CHECK_FALSE(atm::exhaustion(30, kReset, kLength, kReset - 3 * kHour));
  CHECK_FALSE(atm::exhaustion(4.9, kReset, kLength, kReset - kLength + 60));
  CHECK_FALSE(atm::exhaustion(50, kReset, kLength, kReset));
  CHECK_FALSE(atm::exhaustion(50, kReset, kLength, kReset - kLength));
  CHECK_FALSE(atm::exhaustion(101, kReset, kLength, kReset - kHour));
  CHECK_FALSE(atm::exhaustion(std::numeric_limits<double>::quiet_NaN(), kReset, kLength, kReset - kHour));
  CHECK_FALSE(atm::exhaustion(50, std::numeric_limits<std::int64_t>::min(), kLength, 0));
  CHECK_FALSE(atm::exhaustion(50, std::numeric_limits<std::int64_t>::max(), kLength, 0));
}

TEST_CASE("four of five generated windows are used up within the stated error") {
  std::mt19937_64 random(17);
  for (const atm::LimitWindow& window : atm::kLimitWindows) {
    const auto length = static_cast<double>(window.length);
    int predicted = 0;
    int within = 0;
    double errors = 0;
    while (predicted < 4'000) {
      const GeneratedWindow generated(length, random);
      if (generated.full_at >= length) continue;
      const double time = GeneratedWindow::uniform(random, 0.02 * length, generated.full_at);
      const auto found = atm::exhaustion(std::floor(generated.used(time)), kReset, window.length,
                                         kReset - window.length + std::llround(time));
      if (!found) continue;
      ++predicted;
      const double real = static_cast<double>(kReset - window.length) + generated.full_at;
      within += std::abs(static_cast<double>(found->at) - real) <= static_cast<double>(found->error) ? 1 : 0;
      errors += static_cast<double>(found->error) / length;
    }
    CAPTURE(window.name, within, errors / predicted);
    CHECK(within >= predicted * 4 / 5);
    // An error that says nothing would hold too.
    CHECK(errors / predicted < 0.2);
  }
}
