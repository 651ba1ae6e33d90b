// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>

namespace atm::kernel {

/// Nanoseconds this daemon could have heard something. Wall time steps, and monotonic time runs on while the
/// machine sleeps; by either, every session would look silent for hours at the moment of waking and expire at
/// once. So ages are counted here: between two clean-ups no more than `longest_step` passes, however long the
/// machine slept.
class AwakeClock final {
 public:
  explicit AwakeClock(std::int64_t longest_step_ns) noexcept : longest_step_ns_(longest_step_ns) {}

  /// The awake time at monotonic time `mono_ns`; does not go back. The first call begins at 0.
  [[nodiscard]] std::int64_t at(std::int64_t mono_ns) noexcept {
    if (!begun_) {
      begun_ = true;
      mono_ns_ = mono_ns;
    }
    latest_ns_ =
        std::max(latest_ns_, awake_ns_ + std::clamp(mono_ns - mono_ns_, std::int64_t{0}, longest_step_ns_));
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
  std::int64_t mono_ns_ = 0;
  std::int64_t awake_ns_ = 0;
  std::int64_t latest_ns_ = 0;
};

}  // namespace atm::kernel
