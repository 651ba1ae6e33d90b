// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>

namespace atm::kernel {

/// Monotonic time, excluding suspend. Wall time steps, and monotonic time continues during suspend: with either one,
/// every session would expire at resume. The clock adds up the steps between clean-ups and ignores each step longer
/// than `longest_step`, because such a step is a suspend.
class AwakeClock final {
 public:
  explicit AwakeClock(std::int64_t longest_step_ns) noexcept : longest_step_ns_(longest_step_ns) {}

  /// Awake time at monotonic time `mono_ns`; never decreases. The first call returns the time of its start, 0.
  [[nodiscard]] std::int64_t at(std::int64_t mono_ns) noexcept {
    if (!begun_) {
      begun_ = true;
      mono_ns_ = mono_ns;
    }
    const std::int64_t step_ns = mono_ns - mono_ns_;
    const bool is_awake = step_ns >= 0 && step_ns <= longest_step_ns_;
    latest_ns_ = std::max(latest_ns_, awake_ns_ + (is_awake ? step_ns : 0));
    return latest_ns_;
  }
  /// Continues at the time of an earlier clock; before the first call of at().
  void continue_from(std::int64_t awake_ns) noexcept { awake_ns_ = latest_ns_ = awake_ns; }
  /// Like at(), and starts the next step here. Every clean-up calls it.
  std::int64_t advance(std::int64_t mono_ns) noexcept {
    awake_ns_ = at(mono_ns);
    mono_ns_ = std::max(mono_ns_, mono_ns);
    return awake_ns_;
  }

 private:
  const std::int64_t longest_step_ns_;
  bool begun_ = false;
  std::int64_t mono_ns_ = 0;   // of the last clean-up
  std::int64_t awake_ns_ = 0;  // at the last clean-up
  std::int64_t latest_ns_ = 0;
};

}  // namespace atm::kernel
