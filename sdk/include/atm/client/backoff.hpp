// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <atm/domain/limits.hpp>
#include <chrono>
#include <cstdint>
#include <random>

namespace atm::client {

/// Limits of the pauses between attempts to connect.
struct BackoffOptions {
  /// The first pause, and the longest one after repeated doubling.
  std::chrono::milliseconds first = kDefaultLimits.client_retry_first;
  std::chrono::milliseconds longest = kDefaultLimits.client_retry_longest;
  /// Random part of a pause, in either direction; at most 100.
  unsigned jitter_percent = kDefaultLimits.client_retry_jitter_percent;
};

/// The pauses between attempts to connect.
///
/// Each pause is twice the previous one, up to a limit, with a random part: otherwise all clients of a daemon that
/// restarts would connect at the same moment. Not synchronised.
class Backoff final {
 public:
  /// `seed` makes the random part reproducible in tests.
  explicit Backoff(const BackoffOptions& options = {}, std::uint32_t seed = std::random_device{}())
      : options_(options), random_(seed), pause_(options.first) {}

  /// The pause before the next attempt; doubles the following one.
  [[nodiscard]] std::chrono::milliseconds next() {
    const auto percent = static_cast<int>(std::min(options_.jitter_percent, 100U));
    const int jitter = std::uniform_int_distribution<int>(-percent, percent)(random_);
    const auto pause = pause_ + pause_ * jitter / 100;
    pause_ = std::min(pause_ * 2, std::max(options_.longest, options_.first));
    return pause;
  }
  /// After a success: the next pause is the first one again.
  void reset() noexcept { pause_ = options_.first; }

 private:
  BackoffOptions options_;
  std::minstd_rand random_;
  std::chrono::milliseconds pause_;
};

}  // namespace atm::client
