// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>

namespace atm::kernel {

/// Nanoseconds this daemon could have heard something. Wall time steps, and monotonic time runs on while the
/// machine sleeps; by either, every session would look silent for hours at the moment of waking and expire at
/// once. So ages are counted here, from clean-up to clean-up, and a step longer than `longest_step` is a
/// sleep and counts nothing.
class AwakeClock final {
 public:
  explicit AwakeClock(std::int64_t longest_step_ns) noexcept : longest_step_ns_(longest_step_ns) {}

  /// The awake time at monotonic time `mono_ns`; does not go back. The first call begins at 0.
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
  /// The same, and the next step is counted from here: what every clean-up does.
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
