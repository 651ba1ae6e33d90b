// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>

namespace atm::kernel {

/// The kernel's source of time; tests use a ManualClock.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Unix time; may step. [any]
  [[nodiscard]] virtual std::int64_t wall_ns() const noexcept = 0;
  /// Never decreases; includes suspend. [any]
  [[nodiscard]] virtual std::int64_t monotonic_ns() const noexcept = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] std::int64_t wall_ns() const noexcept override;
  [[nodiscard]] std::int64_t monotonic_ns() const noexcept override;
};

/// Changes only on request.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(std::int64_t wall_ns = 0) noexcept : wall_ns_(wall_ns) {}

  [[nodiscard]] std::int64_t wall_ns() const noexcept override { return wall_ns_; }
  [[nodiscard]] std::int64_t monotonic_ns() const noexcept override { return monotonic_ns_; }

  /// Advances both clocks.
  void advance(std::int64_t ns) noexcept {
    wall_ns_ += ns;
    monotonic_ns_ += ns;
  }
  /// Steps the wall clock.
  void step_wall(std::int64_t ns) noexcept { wall_ns_ += ns; }

 private:
  std::atomic<std::int64_t> wall_ns_;
  std::atomic<std::int64_t> monotonic_ns_{0};
};

}  // namespace atm::kernel
