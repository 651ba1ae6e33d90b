// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace atm::kernel {

/// Decides whether a call into a plugin was slow: it used much thread time, or it lasted so long that it delayed
/// others. A call that only waited for a busy machine is not slow. Reading the thread clock costs a system call, so it
/// is read at most every 10 ms and after a long call.
class CallTimer final {
 public:
  static constexpr std::int64_t kSlowWallNs = 1'000'000'000;

  /// Starts the measurement; `begin_ns` is monotonic time.
  explicit CallTimer(std::int64_t begin_ns) noexcept;
  /// Ends the measurement; more than `slow_ns` of thread time is slow.
  [[nodiscard]] bool is_slow(std::int64_t end_ns, std::int64_t slow_ns) const noexcept;

 private:
  std::int64_t begin_ns_;
};

}  // namespace atm::kernel
