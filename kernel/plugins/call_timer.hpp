// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace atm::kernel {

/// Tells whether a call into a plugin was slow: it used much thread time, or it took so long that others waited. A call
/// that only waited for a busy machine is not slow. The thread clock costs a system call, so it is read every 10 ms at
/// most, and after a call that took long.
class CallTimer final {
 public:
  static constexpr std::int64_t kSlowWallNs = 1'000'000'000;

  /// At the beginning of a call on this thread, by the monotonic clock.
  explicit CallTimer(std::int64_t begin_ns) noexcept;
  /// At its end; `slow_ns` of thread time are slow.
  [[nodiscard]] bool is_slow(std::int64_t end_ns, std::int64_t slow_ns) const noexcept;

 private:
  std::int64_t begin_ns_;
};

}  // namespace atm::kernel
