// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <atm/domain/limits.hpp>
#include <chrono>
#include <cstdint>
#include <random>

namespace atm::client {

struct BackoffOptions {
  std::chrono::milliseconds first = kDefaultLimits.client_retry_first;
  std::chrono::milliseconds longest = kDefaultLimits.client_retry_longest;
  unsigned jitter_percent = kDefaultLimits.client_retry_jitter_percent;  ///< either way, at most 100
};

/// The pauses between attempts: each twice the one before, up to the longest; a little shorter or longer each, so that
/// the clients of a daemon that went do not all come back in the same moment.
class Backoff final {
 public:
  explicit Backoff(const BackoffOptions& options = {}, std::uint32_t seed = std::random_device{}())
      : options_(options), random_(seed), pause_(options.first) {}

  [[nodiscard]] std::chrono::milliseconds next() {
    const auto percent = static_cast<int>(std::min(options_.jitter_percent, 100U));
    const int jitter = std::uniform_int_distribution<int>(-percent, percent)(random_);
    const auto pause = pause_ + pause_ * jitter / 100;
    pause_ = std::min(pause_ * 2, std::max(options_.longest, options_.first));
    return pause;
  }
  /// It went well: the next pause is the first again.
  void reset() noexcept { pause_ = options_.first; }

 private:
  BackoffOptions options_;
  std::minstd_rand random_;
  std::chrono::milliseconds pause_;
};

}  // namespace atm::client
